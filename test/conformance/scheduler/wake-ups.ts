import { describe, expect, test, vi } from 'vitest';
import { sleep } from '../../../src/core/clock.ts';
import { Refusal } from '../../../src/core/errors.ts';
import type { Handlers } from '../../../src/scheduler/catalogue.ts';
import { quietHandlers } from '../../fixtures/handlers.ts';
import type { SchedulerBackend } from '../../fixtures/scheduler-backend.ts';
import { gate, instance, nothingLeft, recorder, WAIT } from './instance.ts';

/** Wake-ups: never lost, never many rows, one run where one was woken. */
export function wakeUps(makeBackend: () => Promise<SchedulerBackend>): void {
  describe.concurrent('wake-ups', { timeout: 60_000 }, () => {
    test('a wake-up is one run, and nothing stays behind', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using scheduler = await instance(backend, work);
      expect(await scheduler.wake('work', { agent: 'a' })).toBe(true);
      await vi.waitFor(() => expect(runs).toHaveLength(1), WAIT);
      await nothingLeft(backend);
      expect(runs).toHaveLength(1);
    });

    test('with two instances a wake-up is still one run', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using one = await instance(backend, work);
      await using _two = await instance(backend, work);
      const agents = Array.from({ length: 30 }, (_, number) => `agent-${number}`);
      const taken = await Promise.all(agents.map((agent) => one.wake('work', { agent })));
      // A wake-up that a busy store did not take in time is kept and written later: no row says that it is due.
      await vi.waitFor(() => expect(new Set(runs.map((run) => run.agent)).size).toBe(agents.length), WAIT);
      await nothingLeft(backend);
      for (const [index, agent] of agents.entries()) {
        const begun = runs.filter((run) => run.agent === agent).length;
        // A write that a busy store did not confirm in time may have been made; then it is made twice.
        if (taken[index]) expect(begun, agent).toBe(1);
        else expect(begun, agent).toBeGreaterThanOrEqual(1);
      }
    });

    test('a payload that does not fit is refused and writes nothing', async () => {
      await using backend = await makeBackend();
      await using scheduler = await instance(backend);
      for (const payload of [{}, { agent: '' }, { agent: 7 }, { agent: 'a', more: true }, null]) {
        const refused = { code: 'VALIDATION', message: expect.stringContaining('work') };
        await expect(scheduler.wake('work', payload as never)).rejects.toMatchObject(refused);
      }
      await expect(scheduler.wakeAt('work', { agent: 'a' }, new Date(Number.NaN), 'key')).rejects.toThrow(
        Refusal,
      );
      await expect(scheduler.wakeAt('work', { agent: 'a' }, new Date(), '')).rejects.toThrow(Refusal);
      await expect(scheduler.wakeAt('work', { agent: 'a' }, new Date(), 'k'.repeat(201))).rejects.toThrow(
        Refusal,
      );
      expect(await backend.rows()).toEqual([]);
    });

    test('many wake-ups by many processes are one row, and one run', async () => {
      await using backend = await makeBackend();
      await using one = await instance(backend);
      await using two = await instance(backend);
      await using three = await instance(backend);
      const waking = [one, two, three].flatMap((scheduler) =>
        Array.from({ length: 50 }, () => scheduler.wake('work', { agent: 'a' })),
      );
      expect(await Promise.all(waking)).not.toContain(false);
      expect(await backend.rows()).toHaveLength(1);
      const { runs, work } = recorder();
      await one.start(quietHandlers({ work }));
      await nothingLeft(backend);
      expect(runs).toHaveLength(1);
    });

    test('a wake-up while a run is under way is answered by a run that begins after it', async () => {
      await using backend = await makeBackend();
      let truth = 0;
      let seen = 0;
      let begun = 0;
      const work: Handlers['work'] = async () => {
        begun += 1;
        seen = Math.max(seen, truth);
        // Runs of every length, so that wake-ups meet each moment of a run: its lock, its start, its end, its removal.
        await sleep(Math.random() * 6);
      };
      await using one = await instance(backend, work);
      await using two = await instance(backend, work);
      for (let round = 0; round < 60; round += 1) {
        truth += 1;
        await (round % 2 === 0 ? one : two).wake('work', { agent: 'a' });
        if (round % 5 === 0) await vi.waitFor(() => expect(seen).toBe(truth), WAIT);
        else await sleep(Math.random() * 8);
      }
      await vi.waitFor(() => expect(seen).toBe(truth), WAIT);
      await nothingLeft(backend);
      expect(begun).toBeLessThanOrEqual(60);
    });

    test('wake-ups while every slot is busy stay few rows, and are not lost', async () => {
      await using backend = await makeBackend();
      const busy = gate();
      let begun = 0;
      await using scheduler = await instance(backend, async () => {
        begun += 1;
        await busy.opened;
      });
      for (let index = 0; index < 40; index += 1) await scheduler.wake('work', { agent: 'a' });
      await vi.waitFor(() => expect(begun).toBeGreaterThan(0), WAIT);
      const before = begun;
      expect((await backend.rows()).length).toBeLessThanOrEqual(7);
      await scheduler.wake('work', { agent: 'a' });
      busy.open();
      await vi.waitFor(() => expect(begun).toBeGreaterThan(before), WAIT);
      await nothingLeft(backend);
    });

    test('a handler that throws is run again, and a very long error does no harm', async () => {
      await using backend = await makeBackend();
      const agents: string[] = [];
      await using scheduler = await instance(backend, async ({ agent }) => {
        agents.push(agent);
        if (agent === 'bad' && agents.filter((each) => each === 'bad').length < 3)
          throw new Error('x'.repeat(20_000));
      });
      await scheduler.wake('work', { agent: 'bad' });
      await scheduler.wake('work', { agent: 'good' });
      await vi.waitFor(() => expect(agents).toHaveLength(4), WAIT);
      await nothingLeft(backend);
      expect(agents.sort()).toEqual(['bad', 'bad', 'bad', 'good']);
    });
  });
}
