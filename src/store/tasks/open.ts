import type pg from 'pg';
import type { TaskStatus } from '../../domain/status.ts';

/** An open task related to an agent's own task, for the agent's prompt. */
export interface OpenTask {
  readonly id: string;
  readonly title: string;
  readonly status: TaskStatus;
  readonly agent: string | null;
  readonly priority: number;
  /** Its relation to the agent's task; `tracked` is a tracked task of the same API key. */
  readonly relation: 'subtask' | 'parent' | 'sibling' | 'tracked';
}

export interface OpenTasksQuestion {
  readonly taskId: string;
  readonly parentId: string | null;
  /** The API key whose tracked tasks are included; null: none. */
  readonly actsFor: string | null;
}

const OPEN = `t.status in ('pending', 'in_progress', 'needs_input')`;
const COLUMNS = 't.id, t.title, t.status, t.agent, t.priority';
const MAX_OF_EACH = 20;

/** Each part is a short index range scan (`tasks_parent_id_idx`, the primary key, `tasks_open_tracked`). */
const BESIDE = `select 'subtask' as relation, q.task as of, s.* from unnest($1::text[]) as q (task) cross join lateral (
  select ${COLUMNS} from tasks t where t.parent_id = q.task and ${OPEN} order by t.priority desc, t.id limit ${MAX_OF_EACH}
) s
union all
select 'parent', q.id, ${COLUMNS} from unnest($2::text[]) as q (id) join tasks t on t.id = q.id and ${OPEN}
union all
select 'sibling', q.id, s.* from unnest($2::text[]) as q (id) cross join lateral (
  select ${COLUMNS} from tasks t where t.parent_id = q.id and ${OPEN} order by t.priority desc, t.id limit ${MAX_OF_EACH}
) s
union all
select 'tracked', q.key, s.* from unnest($3::text[]) as q (key) cross join lateral (
  select ${COLUMNS} from tasks t where t.acts_for = q.key and t.agent is null and ${OPEN}
  order by t.priority desc, t.created_at desc limit ${MAX_OF_EACH}
) s`;

interface OpenTaskRow extends OpenTask {
  readonly of: string;
}

/** For each question, the related open tasks: relatives first, then tracked tasks; each task once. */
export async function openTasksBeside(
  pool: pg.Pool,
  questions: readonly OpenTasksQuestion[],
): Promise<OpenTask[][]> {
  const { rows } = await pool.query<OpenTaskRow>({
    name: 'tasks-open-beside',
    text: BESIDE,
    values: [
      distinct(questions.map((question) => question.taskId)),
      distinct(questions.map((question) => question.parentId)),
      distinct(questions.map((question) => question.actsFor)),
    ],
  });
  const found = new Map<string, OpenTask[]>();
  for (const { of, ...task } of rows) {
    const key = `${task.relation} ${of}`;
    const tasks = found.get(key);
    if (tasks) tasks.push(task);
    else found.set(key, [task]);
  }
  return questions.map(({ taskId, parentId, actsFor }) => {
    const near = new Map<string, OpenTask>();
    for (const key of [
      `subtask ${taskId}`,
      `parent ${parentId}`,
      `sibling ${parentId}`,
      `tracked ${actsFor}`,
    ]) {
      for (const task of found.get(key) ?? []) {
        if (task.id !== taskId && !near.has(task.id)) near.set(task.id, task);
      }
    }
    return [...near.values()];
  });
}

function distinct(values: readonly (string | null)[]): string[] {
  return [...new Set(values)].filter((value) => value !== null);
}
