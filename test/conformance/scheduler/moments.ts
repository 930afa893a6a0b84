import { describe, expect, test, vi } from 'vitest';
import { Refusal } from '../../../src/core/errors.ts';
import type { Repeat } from '../../../src/scheduler/port.ts';
import type { SchedulerBackend } from '../../fixtures/scheduler-backend.ts';
import { instance, nothingLeft, recorder, WAIT } from './instance.ts';

/** Moments and schedules: when they come, replaced, taken back, refused. */
export function moments(makeBackend: () => Promise<SchedulerBackend>): void {
  describe.concurrent('moments', { timeout: 60_000 }, () => {
    test('a moment comes when it comes, once, and not before', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using scheduler = await instance(backend, work);
      const atMs = Date.now() + 900;
      await scheduler.wakeAt('work', { agent: 'a' }, new Date(atMs), 'one');
      await vi.waitFor(() => expect(runs).toHaveLength(1), WAIT);
      expect(runs[0]?.atMs).toBeGreaterThanOrEqual(atMs);
      await nothingLeft(backend);
    });

    test('a key that is woken again has one moment, the last that was given', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using scheduler = await instance(backend, work);
      const soon = new Date(Date.now() + 60_000);
      await Promise.all(
        Array.from({ length: 20 }, () => scheduler.wakeAt('work', { agent: 'late' }, soon, 'one')),
      );
      await vi.waitFor(async () => expect(await backend.rows()).toHaveLength(1), WAIT);
      await scheduler.wakeAt('work', { agent: 'early' }, new Date(), 'one');
      await scheduler.wakeAt('work', { agent: 'other' }, new Date(), 'two');
      await vi.waitFor(() => expect(runs).toHaveLength(2), WAIT);
      await nothingLeft(backend);
      expect(runs.map((run) => run.agent).sort()).toEqual(['early', 'other']);
    });

    test('a key can be moved while a process already waits for its moment', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      // Taken at the first look that reaches as far, seconds before it comes: time enough to move it on any machine.
      await using scheduler = await instance(backend, work, { pollMs: 4_000 });
      const firstMs = Date.now() + 7_500;
      await scheduler.wakeAt('work', { agent: 'first' }, new Date(firstMs), 'one');
      await vi.waitFor(async () => expect((await backend.rows())[0]?.locked).toBe(true), WAIT);
      const atMs = firstMs + 1_000;
      await scheduler.wakeAt('work', { agent: 'moved' }, new Date(atMs), 'one');
      await nothingLeft(backend);
      expect(runs.map((run) => run.agent)).toEqual(['moved']);
      expect(runs[0]?.atMs).toBeGreaterThanOrEqual(atMs);
    });
  });

  describe.concurrent('schedules', { timeout: 60_000 }, () => {
    test('a schedule given by two instances is one schedule', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using one = await instance(backend, work);
      await using two = await instance(backend, work);
      const everySecond: Repeat = { key: 'tick', everyMs: 1_000 };
      await Promise.all(
        [one, two, one, two].map((each) => each.repeat('work', { agent: 'tick' }, everySecond)),
      );
      expect(await backend.rows()).toHaveLength(1);
      const began = { atMs: Date.now(), runs: runs.length };
      await vi.waitFor(() => expect(runs.length).toBeGreaterThanOrEqual(began.runs + 5), WAIT);
      // One a second, and the one that was due already; half a second for what the handlers measure late.
      for (const [index, { atMs }] of runs.slice(began.runs).entries())
        expect(index).toBeLessThanOrEqual((atMs - began.atMs) / 1_000 + 1.5);
    });

    test('a schedule that is changed goes by the new one', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using scheduler = await instance(backend, work);
      await scheduler.repeat('work', { agent: 'yearly' }, { key: 'tick', everyMs: 300 * 24 * 60 * 60_000 });
      const [row] = await backend.rows();
      expect(row?.nextRunAt?.getTime()).toBeGreaterThan(Date.now() + 299 * 24 * 60 * 60_000);
      await scheduler.repeat('work', { agent: 'tick' }, { key: 'tick', everyMs: 1_000 });
      await vi.waitFor(() => expect(runs.length).toBeGreaterThanOrEqual(2), WAIT);
      expect(new Set(runs.map((run) => run.agent))).toEqual(new Set(['tick']));
      expect(await backend.rows()).toHaveLength(1);
    });

    test('a schedule that cannot be is refused, and writes nothing', async () => {
      await using backend = await makeBackend();
      await using scheduler = await instance(backend);
      for (const everyMs of [0, -1, 0.5, Number.NaN, 1e15]) {
        await expect(scheduler.repeat('housekeeping', {}, { key: 'bad', everyMs })).rejects.toThrow(Refusal);
      }
      expect(await backend.rows()).toEqual([]);
    });
  });
}
