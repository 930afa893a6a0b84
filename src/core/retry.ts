import { sleep } from './clock.ts';

export interface Backoff {
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/** Doubling from `firstDelayMs`, capped, with full jitter over the upper half so that many do not return at once. `attempt` counts from 1. */
export function backoffDelayMs(
  attempt: number,
  backoff: Backoff,
  random: () => number = Math.random,
): number {
  const full = Math.min(backoff.maxDelayMs, backoff.firstDelayMs * 2 ** (attempt - 1));
  return Math.round(full * (0.5 + random() / 2));
}

/** Calls `action` until it succeeds, `totalMs` has passed (then the last error is thrown) or `signal` fires. */
export async function retryFor<T>(
  totalMs: number,
  backoff: Backoff,
  action: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const end = performance.now() + totalMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      const delayMs = backoffDelayMs(attempt, backoff);
      if (performance.now() + delayMs > end || !(await sleep(delayMs, signal))) throw error;
    }
  }
}
