import { monotonicMs, sleep } from './clock.ts';

export interface Backoff {
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/** Exponential backoff from `firstDelayMs`, capped, with jitter over the upper half. `attempt` counts from 1. */
export function backoffDelayMs(
  attempt: number,
  backoff: Backoff,
  random: () => number = Math.random,
): number {
  const full = Math.min(backoff.maxDelayMs, backoff.firstDelayMs * 2 ** (attempt - 1));
  return Math.round(full * (0.5 + random() / 2));
}

export interface FailedAttempt {
  readonly error: unknown;
  /** Counts from 1. */
  readonly attempt: number;
  /** The wait before the next attempt. */
  readonly delayMs: number;
}

export interface RetryOptions {
  readonly backoff: Backoff;
  /** Called after each failed attempt; false ends the retries. */
  readonly shouldRetry: (failed: FailedAttempt) => boolean;
  /** Ends a wait at once, and the retries. */
  readonly signal?: AbortSignal | undefined;
}

/** Calls `action` until it succeeds; throws the last error when the retries end. */
export async function retry<T>(
  { backoff, shouldRetry, signal }: RetryOptions,
  action: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      const delayMs = backoffDelayMs(attempt, backoff);
      if (!shouldRetry({ error, attempt, delayMs }) || !(await sleep(delayMs, signal))) throw error;
    }
  }
}

/** Calls `action` until it succeeds, `totalMs` has passed (then the last error is thrown) or `signal` fires. */
export function retryFor<T>(
  totalMs: number,
  backoff: Backoff,
  action: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const endMs = monotonicMs() + totalMs;
  const shouldRetry = ({ delayMs }: FailedAttempt): boolean => monotonicMs() + delayMs <= endMs;
  return retry({ backoff, shouldRetry, signal }, action);
}
