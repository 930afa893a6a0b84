import type { Page, PageRequest } from '../../core/page.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { TaskEvent } from '../../domain/events.ts';
import type { EventFilter } from '../../domain/filters.ts';
import type { Caller } from '../../domain/permissions.ts';
import { readLog } from '../../store/events/log.ts';
import { parseCursor } from '../../streams/log/cursor.ts';
import type { EventLog } from '../../streams/log/event-log.ts';
import { settledWithOwnWrites } from '../../streams/log/own-writes.ts';
import type { ReadContext } from '../context.ts';

export interface EventsContext extends ReadContext {
  readonly log: EventLog;
}

export interface ListEventsInput {
  readonly filter: EventFilter;
  readonly page: PageRequest;
  /** True: what the client has just done by another request is in the page; costs one statement. */
  readonly withOwnWrites: boolean;
}

/** One page of the log of all tasks, the oldest first, up to where it is settled. Throws `FORBIDDEN` or `BAD_CURSOR`. */
export async function listEvents(
  { pool, log }: EventsContext,
  caller: Caller,
  { filter, page, withOwnWrites }: ListEventsInput,
): Promise<Page<TaskEvent>> {
  mustBeAllowed(caller, 'task.read');
  const after = page.after === undefined ? 0n : await parseCursor(log, page.after);
  const before = page.before === undefined ? undefined : (await parseCursor(log, page.before)) - 1n;
  const settled = withOwnWrites ? await settledWithOwnWrites(log) : log.settled();
  const events = await readLog(pool, {
    filter,
    after,
    upTo: before !== undefined && before < settled ? before : settled,
    limit: page.limit + 1,
    fromEnd: page.fromEnd,
  });
  const hasMore = events.length > page.limit;
  return {
    items: page.fromEnd ? events.slice(hasMore ? 1 : 0) : events.slice(0, page.limit),
    hasMore,
    cursorOf: (event) => event.position.toString(),
  };
}
