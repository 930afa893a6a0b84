import type pg from 'pg';
import type { Run, RunEndedAs } from '../../domain/run.ts';
import type { TaskError } from '../../domain/task.ts';

interface RunRow {
  id: string;
  task_id: string;
  number: number;
  agent: string;
  worker_id: string;
  outcome: RunEndedAs | null;
  error: TaskError | null;
  started_at: Date;
  ended_at: Date | null;
}

const COLUMNS =
  'r.id, r.task_id, r.number, r.agent, r.worker_id, r.outcome, r.error, r.started_at, r.ended_at';

function toRun(row: RunRow): Run {
  return {
    id: row.id,
    taskId: row.task_id,
    number: row.number,
    agent: row.agent,
    workerId: row.worker_id,
    outcome: row.outcome,
    error: row.error,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}

/** The maximum number of runs returned for a task; the newest are chosen. */
export const MAX_RUNS_SHOWN = 100;

const OF_TASKS = `select ${COLUMNS} from unnest($1::text[]) as asked (id) cross join lateral (
  select * from runs where task_id = asked.id order by number desc limit ${MAX_RUNS_SHOWN}
) r order by r.number`;

/** The runs of each task, oldest first, at most the newest `MAX_RUNS_SHOWN`. */
export async function runsOf(pool: pg.Pool, taskIds: readonly string[]): Promise<Run[][]> {
  const { rows } = await pool.query<RunRow>({ name: 'runs-of-tasks', text: OF_TASKS, values: [taskIds] });
  const byTask = new Map<string, Run[]>(taskIds.map((id) => [id, []]));
  for (const row of rows) byTask.get(row.task_id)?.push(toRun(row));
  return taskIds.map((id) => byTask.get(id) ?? []);
}

const BY_ID = `select ${COLUMNS} from runs r where r.id = any ($1::text[])`;

/** The runs of `ids`, in their order; undefined for a missing one. */
export async function readRuns(pool: pg.Pool, ids: readonly string[]): Promise<(Run | undefined)[]> {
  const { rows } = await pool.query<RunRow>({ name: 'runs-by-id', text: BY_ID, values: [ids] });
  const found = new Map(rows.map((row) => [row.id, toRun(row)]));
  return ids.map((id) => found.get(id));
}
