import { sleep } from '../core/clock.ts';
import { isDatabaseAway } from '../core/database-away.ts';
import { backoffDelayMs } from '../core/retry.ts';

const AWAY_BACKOFF = { firstDelayMs: 50, maxDelayMs: 2_000 };

/** Retries `action` while the database cannot be reached; undefined if `signal` ended it. */
export async function whileAway<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      await sleep(backoffDelayMs(attempt, AWAY_BACKOFF), signal);
    }
  }
  return undefined;
}
