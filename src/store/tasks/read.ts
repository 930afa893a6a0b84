import type pg from 'pg';
import type { Task } from '../../domain/task.ts';
import type { Queryable } from '../transaction.ts';
import { TASK_COLUMNS, type TaskRow, toTask } from './row.ts';

const BY_ID = `select ${TASK_COLUMNS} from tasks t where t.id = any ($1::text[])`;

/** The tasks of `ids`, in their order; undefined for a missing one. */
export async function readTasks(pool: Queryable, ids: readonly string[]): Promise<(Task | undefined)[]> {
  const { rows } = await pool.query<TaskRow>({ name: 'tasks-by-id', text: BY_ID, values: [ids] });
  const found = new Map(rows.map((row) => [row.id, toTask(row)]));
  return ids.map((id) => found.get(id));
}

/** One task, or undefined. */
export async function readTask(pool: pg.Pool, id: string): Promise<Task | undefined> {
  return (await readTasks(pool, [id]))[0];
}
