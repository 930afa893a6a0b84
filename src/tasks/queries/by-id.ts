import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import { databaseNow } from '../../store/now.ts';
import { readTasks } from '../../store/tasks/read.ts';
import type { ReadContext } from '../context.ts';

/** The tasks of `ids`, in their order, in one statement; undefined where there is none. Throws `FORBIDDEN`. */
export async function tasksById(
  { pool }: ReadContext,
  caller: Caller,
  ids: readonly string[],
): Promise<(Task | undefined)[]> {
  mustBeAllowed(caller, 'task.read');
  return readTasks(pool, ids);
}

/** The present on the database's clock, which leases and `notBefore` are compared with. */
export function presentTime({ pool }: ReadContext): Promise<Date> {
  return databaseNow(pool);
}
