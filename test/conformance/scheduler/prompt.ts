import { expect, test, vi } from 'vitest';
import type { SchedulerBackend } from '../../fixtures/scheduler-backend.ts';
import { instance, nothingLeft, recorder } from './instance.ts';

/** For stores that tell of a wake-up by themselves; one that is only polled is exempt. */
export function prompt(makeBackend: () => Promise<SchedulerBackend>): void {
  test('a wake-up by a process that only sets wake-ups arrives at once, long before the poll', {
    timeout: 60_000,
  }, async () => {
    await using backend = await makeBackend();
    const { runs, work } = recorder();
    await using _runner = await instance(backend, work, { pollMs: 30_000 });
    await using producer = await instance(backend);
    await vi.waitFor(
      async () => {
        // The runner listens a moment after it started; from then on each wake-up is heard.
        const before = runs.length;
        await producer.wake('work', { agent: 'a' });
        await vi.waitFor(() => expect(runs.length).toBeGreaterThan(before), { timeout: 1_000, interval: 5 });
      },
      { timeout: 10_000, interval: 10 },
    );
    const latenciesMs: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      await nothingLeft(backend);
      const before = runs.length;
      const rungMs = performance.now();
      await producer.wake('work', { agent: 'a' });
      await vi.waitFor(() => expect(runs.length).toBe(before + 1), { timeout: 5_000, interval: 1 });
      latenciesMs.push(performance.now() - rungMs);
    }
    const median = latenciesMs.sort((a, b) => a - b)[10] ?? Number.NaN;
    expect(median).toBeLessThan(500);
  });
}
