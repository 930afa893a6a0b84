import type { Page, PageRequest } from '../../core/page.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { TaskFilter, TaskOrder } from '../../domain/filters.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import { countTasks as countRows, listTasks as listRows, taskCursor } from '../../store/tasks/list.ts';
import type { ReadContext } from '../context.ts';

export interface ListTasksInput {
  readonly filter: TaskFilter;
  /** The newest first when absent. */
  readonly order?: TaskOrder;
  readonly page: PageRequest;
}

const NEWEST_FIRST: TaskOrder = { field: 'created_at', direction: 'desc' };

/** One page of the tasks that match. Throws `FORBIDDEN` or `BAD_CURSOR`. */
export async function listTasks(
  { pool }: ReadContext,
  caller: Caller,
  { filter, order = NEWEST_FIRST, page }: ListTasksInput,
): Promise<Page<Task>> {
  mustBeAllowed(caller, 'task.read');
  const { tasks, hasMore } = await listRows(pool, { filter, order, page });
  return { items: tasks, hasMore, cursorOf: (task) => taskCursor(task, order) };
}

/** How many tasks match, up to `LIMITS.countCap`. Throws `FORBIDDEN`. */
export async function countTasks(
  { pool }: ReadContext,
  caller: Caller,
  filter: TaskFilter,
): Promise<{ readonly count: number; readonly isCapped: boolean }> {
  mustBeAllowed(caller, 'task.read');
  const count = await countRows(pool, filter, LIMITS.countCap);
  return { count: Math.min(count, LIMITS.countCap), isCapped: count > LIMITS.countCap };
}
