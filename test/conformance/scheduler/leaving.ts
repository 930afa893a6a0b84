import { describe, expect, test, vi } from 'vitest';
import type { SchedulerBackend } from '../../fixtures/scheduler-backend.ts';
import { gate, instance, nothingLeft, recorder, WAIT } from './instance.ts';

/** Draining: what is under way ends or goes to another. */
export function leaving(makeBackend: () => Promise<SchedulerBackend>): void {
  describe.concurrent('leaving', { timeout: 60_000 }, () => {
    test('a drain waits for running jobs and starts no new ones', async () => {
      await using backend = await makeBackend();
      const begun = gate();
      const end = gate();
      const finished: string[] = [];
      await using scheduler = await instance(backend, async ({ agent }) => {
        begun.open();
        await end.opened;
        finished.push(agent);
      });
      await scheduler.wake('work', { agent: 'under way' });
      await begun.opened;
      const draining = scheduler.drain(10_000);
      await scheduler.wake('work', { agent: 'too late' });
      end.open();
      expect(await draining).toEqual({ left: 0 });
      expect(finished).toEqual(['under way']);
      expect(await scheduler.drain(0)).toEqual({ left: 0 });
      expect((await backend.rows()).map((row) => row.locked)).toEqual([false]);
    });

    test('handlers still running after a drain are aborted, and another process runs them at once', async () => {
      await using backend = await makeBackend();
      const stuck = gate();
      const told = gate();
      const leaving = await instance(backend, async (_, { signal }) => {
        signal.addEventListener('abort', told.open);
        stuck.open();
        await new Promise(() => undefined);
      });
      await using _disposed = leaving;
      await leaving.wake('work', { agent: 'a' });
      await stuck.opened;
      const { runs, work } = recorder();
      await using _other = await instance(backend, work);
      expect(await leaving.drain(50)).toEqual({ left: 1 });
      await told.opened;
      // Long before the lock of 30 s runs out.
      await vi.waitFor(() => expect(runs).toHaveLength(1), { timeout: 5_000, interval: 10 });
      await nothingLeft(backend);
    });

    test('a moment that a process waited for when it left comes on another', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      const leaving = await instance(backend, () => Promise.reject(new Error('left')), { pollMs: 4_000 });
      await using _disposed = leaving;
      // Taken at the first look that reaches as far, seconds before it comes.
      const atMs = Date.now() + 7_500;
      await leaving.wakeAt('work', { agent: 'a' }, new Date(atMs), 'one');
      await vi.waitFor(async () => expect((await backend.rows())[0]?.locked).toBe(true), WAIT);
      expect(await leaving.drain(5_000)).toEqual({ left: 0 });
      await using _other = await instance(backend, work);
      await vi.waitFor(() => expect(runs).toHaveLength(1), WAIT);
      expect(runs[0]?.atMs).toBeGreaterThanOrEqual(atMs);
      await nothingLeft(backend);
    });
  });
}
