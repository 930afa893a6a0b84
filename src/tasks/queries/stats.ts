import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import { readTaskStats as readCounters, type TaskCount } from '../../store/tasks/counts.ts';
import type { ReadContext } from '../context.ts';

export type { TaskCount };

/** How many tasks there are by status, source and agent; its cost does not grow with the tasks. Throws `FORBIDDEN`. */
export async function readTaskStats({ pool }: ReadContext, caller: Caller): Promise<readonly TaskCount[]> {
  mustBeAllowed(caller, 'task.read');
  return readCounters(pool);
}
