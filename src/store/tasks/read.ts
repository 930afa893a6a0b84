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

const SUBTASKS = `select ${TASK_COLUMNS} from tasks t where t.parent_id = any ($1::text[]) order by t.created_at, t.id`;
const RETRIES = `select ${TASK_COLUMNS} from tasks t where t.retry_of = any ($1::text[]) order by t.created_at, t.id`;

/** The subtasks of each parent, oldest first; at most 50 per parent. */
export async function subtasksOf(pool: pg.Pool, parentIds: readonly string[]): Promise<Task[][]> {
  const { rows } = await pool.query<TaskRow>({ name: 'tasks-subtasks', text: SUBTASKS, values: [parentIds] });
  const tasks = rows.map(toTask);
  return parentIds.map((id) => tasks.filter((task) => task.parentId === id));
}

/** The retries of each task, oldest first. */
export async function retriesOf(pool: pg.Pool, taskIds: readonly string[]): Promise<Task[][]> {
  const { rows } = await pool.query<TaskRow>({ name: 'tasks-retries', text: RETRIES, values: [taskIds] });
  const tasks = rows.map(toTask);
  return taskIds.map((id) => tasks.filter((task) => task.retryOf === id));
}
