import type { TaskEvent } from '../../domain/events.ts';
import { type EventFilter, matchesFilter } from '../../domain/filters.ts';
import type { Caller } from '../../domain/permissions.ts';
import { audienceOfRole } from '../audience.ts';
import { parseCursor } from '../log/cursor.ts';
import type { EventLog } from '../log/event-log.ts';
import type { Positioned, StreamSource } from '../source.ts';

const PAGE_EVENTS = 200;

function positioned(events: readonly TaskEvent[]): Positioned<TaskEvent>[] {
  return events.map((event) => ({ item: event, position: event.position }));
}

export interface TaskEventsFrom {
  /** The cursor to resume from; "0" is the beginning, absent or null is now. */
  readonly after?: string | null;
  readonly filter?: EventFilter;
}

/** The events of all tasks that match a filter. Throws `FORBIDDEN` or `BAD_CURSOR`. */
export async function taskEventsSource(
  log: EventLog,
  caller: Caller,
  { after, filter = {} }: TaskEventsFrom,
): Promise<StreamSource<TaskEvent>> {
  return {
    key: `task-events ${JSON.stringify(filter)}`,
    audience: audienceOfRole(caller, 'task.read'),
    mode: 'every',
    after: typeof after === 'string' ? await parseCursor(log, after) : log.settled(),
    cursorOf: (position) => position.toString(),
    read: async (from, upTo) => {
      const limit = PAGE_EVENTS;
      const page = await log.read({ after: from, filter, limit, ...(upTo !== undefined && { upTo }) });
      return { items: positioned(page.events), position: page.position, atHead: page.events.length < limit };
    },
    follow: (listener) =>
      log.onPage((events, settled) => {
        const matching = events.filter((event) => matchesFilter(event, filter));
        if (matching.length > 0) listener({ items: positioned(matching), position: settled });
      }),
    // The log calls its listeners synchronously when its end moves, so no listener is behind it.
    head: () => log.settled(),
  };
}
