import type { TaskEvent } from '../../domain/events.ts';
import { type EventFilter, matchesFilter } from '../../store/events/log.ts';
import { parseCursor } from '../../streams/log/cursor.ts';
import type { EventLog } from '../../streams/log/event-log.ts';
import { type Positioned, SourceStream } from './source.ts';

const PAGE_EVENTS = 200;
function positioned(events: readonly TaskEvent[]): Positioned<TaskEvent>[] {
  return events.map((event) => ({ item: event, position: event.position }));
}

/** The log of all tasks, narrowed: what was missed after a cursor first, then what happens. Without a cursor it begins now. Throws `BAD_CURSOR`. */
export async function taskEventsStream(
  log: EventLog,
  { after, filter = {} }: { readonly after?: string | null; readonly filter?: EventFilter },
): Promise<SourceStream<TaskEvent>> {
  return new SourceStream({
    key: `task-events ${JSON.stringify(filter)}`,
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
  });
}
