import type pg from 'pg';
import type { PageRequest } from '../../core/page.ts';
import type { Task } from '../../domain/task.ts';
import { type NewestPage, ofParents, pagesOf } from '../newest-first.ts';
import { TASK_COLUMNS, type TaskRow, toTask } from './row.ts';

const OF_TRIGGERS = {
  name: 'tasks-of-triggers',
  columns: TASK_COLUMNS,
  table: 'tasks',
  alias: 't',
  parent: 'trigger_id',
  at: 'created_at',
} as const;

/** The same page of each trigger's tasks, newest first. Throws `BAD_CURSOR`. */
export async function tasksOfTriggers(
  pool: pg.Pool,
  triggerIds: readonly string[],
  page: PageRequest,
): Promise<NewestPage<Task>[]> {
  const { rows } = await pool.query<TaskRow>(ofParents(OF_TRIGGERS, triggerIds, page));
  return pagesOf(rows.map(toTask), triggerIds, ({ triggerId }) => triggerId ?? '', page);
}
