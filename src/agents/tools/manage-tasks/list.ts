import type pg from 'pg';
import type { TaskStatus } from '../../../domain/status.ts';
import { countTasks, listTasks, type TaskFilter } from '../../../store/tasks/list.ts';
import { type AllowedNext, taskList } from './answers.ts';
import type { ManageTasksArguments } from './wire.ts';

const MAX_LISTED = 20;
const COUNT_CAP = 1_000;
const OPEN: readonly TaskStatus[] = ['pending', 'in_progress', 'needs_input'];

/** The first tasks by priority, and how many more there are. Without a status: all open tasks. */
export async function listForModel(
  pool: pg.Pool,
  args: ManageTasksArguments<'list'>,
  allowedNext: AllowedNext,
): Promise<Record<string, unknown>> {
  const filter: TaskFilter = {
    status: args.status === undefined ? OPEN : [args.status],
    ...(args.agent !== undefined && { agent: [args.agent] }),
  };
  const { tasks, hasMore } = await listTasks(pool, {
    filter,
    order: { field: 'priority', direction: 'desc' },
    page: { limit: MAX_LISTED, fromEnd: false },
  });
  const count = hasMore ? await countTasks(pool, filter, COUNT_CAP) : tasks.length;
  const more = count > COUNT_CAP ? `over ${COUNT_CAP - tasks.length}` : count - tasks.length;
  return taskList(tasks, more, allowedNext);
}
