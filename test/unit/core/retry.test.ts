import { describe, expect, test } from 'vitest';
import { backoffDelayMs, retry, retryFor } from '../../../src/core/retry.ts';

const BACKOFF = { firstDelayMs: 1, maxDelayMs: 4 };

/** Fails `failures` times, then gives how often it was called. */
function failing(failures: number): () => Promise<number> {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= failures) throw new Error(`failure ${calls}`);
    return calls;
  };
}

describe('a retry', () => {
  test('repeats the action until it succeeds', async () => {
    const seen: number[] = [];
    const shouldRetry = ({ attempt }: { attempt: number }): boolean => seen.push(attempt) > 0;
    expect(await retry({ backoff: BACKOFF, shouldRetry }, failing(3))).toBe(4);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('throws the error that is not to be retried', async () => {
    const shouldRetry = ({ attempt }: { attempt: number }): boolean => attempt < 2;
    await expect(retry({ backoff: BACKOFF, shouldRetry }, failing(9))).rejects.toThrow('failure 2');
  });

  test('ends its wait when the signal fires, with the last error', async () => {
    const stop = new AbortController();
    const backoff = { firstDelayMs: 60_000, maxDelayMs: 60_000 };
    const retried = retry({ backoff, shouldRetry: () => true, signal: stop.signal }, failing(9));
    setImmediate(() => stop.abort());
    await expect(retried).rejects.toThrow('failure 1');
  });

  test('for a time throws the last error rather than wait beyond it', async () => {
    const backoff = { firstDelayMs: 60_000, maxDelayMs: 60_000 };
    await expect(retryFor(1_000, backoff, failing(9))).rejects.toThrow('failure 1');
    expect(await retryFor(10_000, BACKOFF, failing(2))).toBe(3);
  });
});

test('the backoff doubles up to its limit, with jitter over its upper half', () => {
  const backoff = { firstDelayMs: 100, maxDelayMs: 1_000 };
  expect([1, 2, 3, 4, 5, 6].map((attempt) => backoffDelayMs(attempt, backoff, () => 1))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ]);
  expect(backoffDelayMs(3, backoff, () => 0)).toBe(200);
});
