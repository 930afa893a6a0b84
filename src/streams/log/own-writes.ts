import type { EventLog } from './event-log.ts';

/** Longer than a read of the log, and short enough for an answer while another transaction delays the log. */
const MAX_WAIT_MS = 500;

/**
 * The settled position after everything written before this call has been read, so that the history in a mutation's
 * answer includes the change. Waits at most `MAX_WAIT_MS`; an open transaction can make it return an earlier position.
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
