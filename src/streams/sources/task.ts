import type { Caller } from '../../domain/permissions.ts';
import { audienceOfRole } from '../audience.ts';
import type { EventLog } from '../log/event-log.ts';
import type { StreamSource } from '../source.ts';

/** Before any position, so that the current state is sent first. */
const NEVER_READ = -1n;

/** A task, first as it is, then after each change. Each item is only the id; the task is read when it is rendered. Throws `FORBIDDEN`. */
export function taskSource(log: EventLog, caller: Caller, id: string): StreamSource<string> {
  return {
    key: `task ${id}`,
    audience: audienceOfRole(caller, 'task.read'),
    mode: 'latest',
    after: NEVER_READ,
    cursorOf: () => undefined,
    read: async (after) => {
      const settled = log.settled();
      const changed =
        after === NEVER_READ ||
        (await log.read({ after, filter: { taskId: id }, limit: 1 })).events.length > 0;
      const position = settled > after ? settled : after;
      return { items: changed ? [{ item: id, position }] : [], position, atHead: true };
    },
    follow: (listener) =>
      log.onPage((events, settled) => {
        if (events.some((event) => event.taskId === id)) {
          listener({ items: [{ item: id, position: settled }], position: settled });
        }
      }),
  };
}
