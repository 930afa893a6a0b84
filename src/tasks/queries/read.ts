import { isId } from '../../core/ids.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import { readTask as readRow } from '../../store/tasks/read.ts';
import type { ReadContext } from '../context.ts';
import { notFound } from '../rules.ts';

/** One task as it is now. Throws `FORBIDDEN` or `NOT_FOUND`. */
export async function readTask(
  { pool }: ReadContext,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<Task> {
  mustBeAllowed(caller, 'task.read');
  const task = isId('task', id) ? await readRow(pool, id) : undefined;
  if (!task) throw notFound(id);
  return task;
}
