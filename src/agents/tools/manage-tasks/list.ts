import type { TaskFilter } from '../../../domain/filters.ts';
import type { Caller } from '../../../domain/permissions.ts';
import type { TaskStatus } from '../../../domain/status.ts';
import type { TaskContext } from '../../../tasks/context.ts';
import { countTasks, listTasks } from '../../../tasks/queries/list.ts';
import { type AllowedNext, taskList } from './answers.ts';
import type { ManageTasksArguments } from './wire.ts';

const MAX_LISTED = 20;
const OPEN: readonly TaskStatus[] = ['pending', 'in_progress', 'needs_input'];

/** The first tasks by priority, and how many more there are. Without a status: all open tasks. */
export async function listForModel(
  tasks: TaskContext,
  caller: Caller,
  { status, agent }: ManageTasksArguments<'list'>,
  allowedNext: AllowedNext,
): Promise<Record<string, unknown>> {
  const filter: TaskFilter = {
    status: status === undefined ? OPEN : [status],
    ...(agent !== undefined && { agent: [agent] }),
  };
  const { items, hasMore } = await listTasks(tasks, caller, {
    filter,
    order: { field: 'priority', direction: 'desc' },
    page: { limit: MAX_LISTED, fromEnd: false },
  });
  if (!hasMore) return taskList(items, 0, allowedNext);
  const { count, isCapped } = await countTasks(tasks, caller, filter);
  const more = count - items.length;
  return taskList(items, isCapped ? `over ${more}` : more, allowedNext);
}
