import type { EventLog } from './event-log.ts';

/** Longer than the log takes to read on, and short enough for an answer when a foreign transaction holds it up. */
const MAX_WAIT_MS = 500;

/**
 * How far the log has settled once it has read all that was written before this call: what a mutation just did is in
 * the history it answers with. Waits at most `MAX_WAIT_MS`; behind a transaction left open it returns as far as the log has settled.
 */
export async function settledWithOwnWrites(log: EventLog): Promise<bigint> {
  const end = await log.lastAssigned();
  if (log.settled() < end) {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        stop();
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, MAX_WAIT_MS);
      const stop = log.onPage((_events, settled) => {
        if (settled >= end) done();
      });
      log.look();
    });
  }
  return log.settled();
}
