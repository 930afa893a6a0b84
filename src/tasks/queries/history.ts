import { mustBeAllowed } from '../../domain/authorize.ts';
import type { TaskEvent } from '../../domain/events.ts';
import type { Caller } from '../../domain/permissions.ts';
import { type HistoryPage, historyOf, readEvents } from '../../store/events/history.ts';
import type { ReadContext } from '../context.ts';

export type { HistoryPage };

/** The same page of the history of several tasks, oldest first, in one statement. Throws `FORBIDDEN`. */
export async function historiesOf(
  { pool }: ReadContext,
  caller: Caller,
  { taskIds, page }: { readonly taskIds: readonly string[]; readonly page: HistoryPage },
): Promise<TaskEvent[][]> {
  mustBeAllowed(caller, 'task.read');
  return historyOf(pool, taskIds, page);
}

/** Single events by task and seq, in the order asked for; undefined where there is none. Throws `FORBIDDEN`. */
export async function eventsByPlace(
  { pool }: ReadContext,
  caller: Caller,
  places: readonly { readonly taskId: string; readonly seq: number }[],
): Promise<(TaskEvent | undefined)[]> {
  mustBeAllowed(caller, 'task.read');
  return readEvents(pool, places);
}
