import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { monotonicMs, sleep } from '../../../src/core/clock.ts';
import type { Log } from '../../../src/core/log.ts';
import { type NextRun, type PollerOptions, startPoller } from '../../../src/core/poller.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const BACKOFF = { firstDelayMs: 10, maxDelayMs: 80 };

interface Seen {
  readonly startedMs: number;
  endedMs: number | undefined;
  readonly cause: string;
}

/** A poller whose runs are written down. Each run takes the next of `runs`; past their end it is short and succeeds. */
function observed(
  runs: readonly { readonly takesMs: number; readonly fails?: boolean; readonly next?: NextRun }[],
  options: Partial<PollerOptions> = {},
) {
  const seen: Seen[] = [];
  let underWay = 0;
  let mostAtOnce = 0;
  const startMs = monotonicMs();
  const poller = startPoller({
    backoff: BACKOFF,
    ...options,
    run: async ({ cause }) => {
      const script = runs[seen.length] ?? { takesMs: 0 };
      const own: Seen = { startedMs: monotonicMs() - startMs, endedMs: undefined, cause };
      seen.push(own);
      underWay += 1;
      mostAtOnce = Math.max(mostAtOnce, underWay);
      if (script.takesMs > 0) await sleep(script.takesMs);
      underWay -= 1;
      own.endedMs = monotonicMs() - startMs;
      if (script.fails) throw new Error('away');
      return script.next;
    },
  });
  return { poller, seen, mostAtOnce: () => mostAtOnce, nowMs: () => monotonicMs() - startMs };
}

const run = fc.record(
  {
    takesMs: fc.integer({ min: 0, max: 40 }),
    fails: fc.boolean(),
    next: fc.record(
      { dueInMs: fc.integer({ min: 0, max: 60 }), notBeforeMs: fc.integer({ min: 0, max: 30 }) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['takesMs'] },
);

describe('whatever happens', () => {
  test('every wake-up is followed by a run, runs never overlap, and none begins after the stop', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(run, { maxLength: 12 }),
        fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 15 }),
        fc.integer({ min: 0, max: 400 }),
        fc.record({
          pollMs: fc.option(fc.integer({ min: 20, max: 200 }), { nil: undefined }),
          minIntervalMs: fc.integer({ min: 0, max: 20 }),
          startsIdle: fc.boolean(),
        }),
        async (runs, pauses, stopAfterMs, { pollMs, ...rest }) => {
          const own = observed(runs, { ...rest, ...(pollMs === undefined ? {} : { pollMs }) });
          const wakeUps: number[] = [];
          for (const pauseMs of pauses) {
            await vi.advanceTimersByTimeAsync(pauseMs);
            wakeUps.push(own.nowMs());
            own.poller.wake();
          }
          // The longest that can pass: a run under way, the whole backoff, the interval, and the run itself.
          await vi.advanceTimersByTimeAsync(2_000);
          for (const atMs of wakeUps) {
            expect(
              own.seen.some(({ startedMs, endedMs }) => startedMs >= atMs && endedMs !== undefined),
            ).toBe(true);
          }
          await vi.advanceTimersByTimeAsync(stopAfterMs);
          const stopped = own.poller.stop();
          const begunBefore = own.seen.length;
          own.poller.wake();
          await vi.advanceTimersByTimeAsync(1_000);
          await stopped;
          expect(own.seen).toHaveLength(begunBefore);
          expect(own.seen.every(({ endedMs }) => endedMs !== undefined)).toBe(true);
          expect(own.mostAtOnce()).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('when a run begins', () => {
  test('a wake-up during a run makes another run at once, however many they were', async () => {
    const { poller, seen } = observed([{ takesMs: 10 }]);
    await vi.advanceTimersByTimeAsync(5);
    for (let count = 0; count < 5; count += 1) poller.wake();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(seen.map(({ startedMs, cause }) => [startedMs, cause])).toEqual([
      [0, 'start'],
      [10, 'wake-up'],
    ]);
    await poller.stop();
  });

  test('without a wake-up the poll comes within its time, with jitter', async () => {
    const { poller, seen } = observed([], { pollMs: 100 });
    await vi.advanceTimersByTimeAsync(1_000);
    const distances = seen.slice(1).map(({ startedMs }, index) => startedMs - (seen[index]?.startedMs ?? 0));
    expect(Math.min(...distances)).toBeGreaterThanOrEqual(75);
    expect(Math.max(...distances)).toBeLessThanOrEqual(101);
    expect(new Set(seen.slice(1).map(({ cause }) => cause))).toEqual(new Set(['poll']));
    await poller.stop();
  });

  test('a run that is due before the poll begins at its moment, counted from the end of the last run', async () => {
    const { poller, seen } = observed([{ takesMs: 20, next: { dueInMs: 50 } }], { pollMs: 1_000 });
    await vi.advanceTimersByTimeAsync(80);
    expect(seen.map(({ startedMs }) => startedMs)).toEqual([0, 70]);
    await poller.stop();
  });

  test('due at once is at once, but not before the interval', async () => {
    const { poller, seen } = observed(
      [
        { takesMs: 0, next: { dueInMs: 0 } },
        { takesMs: 0, next: { dueInMs: 0, notBeforeMs: 0 } },
      ],
      { pollMs: 1_000, minIntervalMs: 30 },
    );
    await vi.advanceTimersByTimeAsync(100);
    expect(seen.map(({ startedMs }) => startedMs)).toEqual([0, 30, 30]);
    await poller.stop();
  });

  test('one that starts idle runs with the first wake-up', async () => {
    const { poller, seen } = observed([], { startsIdle: true });
    await vi.advanceTimersByTimeAsync(500);
    expect(seen).toEqual([]);
    poller.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.map(({ cause }) => cause)).toEqual(['wake-up']);
    await poller.stop();
  });
});

describe('while it fails', () => {
  test('the delay doubles up to its end, wake-ups do not shorten it, and an outage is one line', async () => {
    const lines: string[] = [];
    const write = (level: string) => (_: unknown, text?: string) => lines.push(`${level} ${text ?? _}`);
    const log = { info: write('info'), warn: write('warn'), debug: () => {} } as unknown as Log;
    const { poller, seen } = observed(
      Array.from({ length: 6 }, () => ({ takesMs: 0, fails: true })),
      { outage: { log, began: 'away', ended: 'back' } },
    );
    for (let count = 0; count < 500; count += 1) {
      poller.wake();
      await vi.advanceTimersByTimeAsync(1);
      if (seen.length === 6) expect(poller.failure()).toEqual(new Error('away'));
    }
    const distances = seen
      .slice(1, 7)
      .map(({ startedMs }, index) => startedMs - (seen[index]?.startedMs ?? 0));
    for (const [index, fullMs] of [10, 20, 40, 80, 80, 80].entries()) {
      expect(distances[index]).toBeGreaterThanOrEqual(fullMs / 2);
      expect(distances[index]).toBeLessThanOrEqual(fullMs + 1);
    }
    expect(lines).toEqual(['warn away', 'info back']);
    expect(poller.failure()).toBeUndefined();
    await poller.stop();
  });

  test('a stop during the backoff is prompt', async () => {
    const { poller } = observed([{ takesMs: 0, fails: true }], {
      backoff: { firstDelayMs: 60_000, maxDelayMs: 60_000 },
    });
    await vi.advanceTimersByTimeAsync(1);
    await poller.stop();
  });
});

describe('the stop', () => {
  test('aborts the signal of the current run, and waits for it', async () => {
    let ended = false;
    const poller = startPoller({
      backoff: BACKOFF,
      run: async ({ signal }) => {
        await sleep(60_000, signal);
        ended = true;
        return undefined;
      },
    });
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all([poller.stop(), poller.stop()]);
    expect(ended).toBe(true);
  });
});
