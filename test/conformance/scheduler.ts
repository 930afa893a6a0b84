import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, test, vi } from 'vitest';
import { sleep } from '../../src/core/clock.ts';
import { Refusal } from '../../src/core/errors.ts';
import { createLog } from '../../src/core/log.ts';
import { createScheduler } from '../../src/scheduler/agenda/create.ts';
import type { Handlers } from '../../src/scheduler/catalogue.ts';
import type { Repeat, Scheduler } from '../../src/scheduler/port.ts';
import { quietHandlers } from '../fixtures/handlers.ts';
import { type SchedulerBackend, schedulerOptions } from '../fixtures/scheduler-backend.ts';

interface Limits {
  readonly lockMs?: number;
  readonly pollMs?: number;
}

/** How long a store stays away: several polls, retries and heartbeats of its clients. */
const AWAY_MS = 4_000;
const PATIENCE = { timeout: 20_000, interval: 10 };

/** One process's scheduler; with `work` it also runs jobs. */
async function instance(
  backend: SchedulerBackend,
  work?: Handlers['work'],
  limits: Limits = {},
): Promise<Scheduler> {
  const { options, end } = schedulerOptions(backend.address);
  const scheduler = await createScheduler({ ...options, pollMs: 250, ...limits }, createLog('silent'));
  if (work) await scheduler.start(quietHandlers({ work }));
  const dispose = scheduler[Symbol.asyncDispose].bind(scheduler);
  return Object.assign(scheduler, {
    [Symbol.asyncDispose]: async () => {
      await dispose();
      await end();
    },
  });
}

/** Runs as they began. */
function recorder(): { readonly runs: { agent: string; atMs: number }[]; readonly work: Handlers['work'] } {
  const runs: { agent: string; atMs: number }[] = [];
  return {
    runs,
    work: async ({ agent }) => {
      runs.push({ agent, atMs: Date.now() });
    },
  };
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function nothingLeft(backend: SchedulerBackend): Promise<void> {
  await vi.waitFor(async () => expect(await backend.rows()).toEqual([]), PATIENCE);
}

/** What every store behind the port must do. `makeBackend` gives a store that no other test uses. */
export function schedulerConformance(makeBackend: () => Promise<SchedulerBackend>): void {
  describe.concurrent('wake-ups', { timeout: 60_000 }, () => {
    test('a ring is one run, and nothing stays behind', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using scheduler = await instance(backend, work);
      expect(await scheduler.ring('work', { agent: 'a' })).toBe(true);
      await vi.waitFor(() => expect(runs).toHaveLength(1), PATIENCE);
      await nothingLeft(backend);
      expect(runs).toHaveLength(1);
    });

    test('with two instances a ring is still one run', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using one = await instance(backend, work);
      await using _two = await instance(backend, work);
      const agents = Array.from({ length: 30 }, (_, number) => `agent-${number}`);
      await Promise.all(agents.map((agent) => one.ring('work', { agent })));
      await nothingLeft(backend);
      expect(runs.map((run) => run.agent).sort()).toEqual([...agents].sort());
    });

    test('a payload that does not fit is refused and writes nothing', async () => {
      await using backend = await makeBackend();
      await using scheduler = await instance(backend);
      for (const payload of [{}, { agent: '' }, { agent: 7 }, { agent: 'a', more: true }, null]) {
        const refused = { code: 'VALIDATION', message: expect.stringContaining('work') };
        await expect(scheduler.ring('work', payload as never)).rejects.toMatchObject(refused);
      }
      await expect(scheduler.ringAt('work', { agent: 'a' }, new Date(Number.NaN), 'key')).rejects.toThrow(
        Refusal,
      );
      await expect(scheduler.ringAt('work', { agent: 'a' }, new Date(), '')).rejects.toThrow(Refusal);
      await expect(scheduler.ringAt('work', { agent: 'a' }, new Date(), 'k'.repeat(201))).rejects.toThrow(
        Refusal,
      );
      expect(await backend.rows()).toEqual([]);
    });

    test('many rings by many processes are one row, and one run', async () => {
      await using backend = await makeBackend();
      await using one = await instance(backend);
      await using two = await instance(backend);
      await using three = await instance(backend);
      const ringing = [one, two, three].flatMap((scheduler) =>
        Array.from({ length: 50 }, () => scheduler.ring('work', { agent: 'a' })),
      );
      expect(await Promise.all(ringing)).not.toContain(false);
      expect(await backend.rows()).toHaveLength(1);
      const { runs, work } = recorder();
      await one.start(quietHandlers({ work }));
      await nothingLeft(backend);
      expect(runs).toHaveLength(1);
    });

    test('a ring while a run is under way is answered by a run that begins after it', async () => {
      await using backend = await makeBackend();
      let truth = 0;
      let seen = 0;
      let begun = 0;
      const work: Handlers['work'] = async () => {
        begun += 1;
        seen = Math.max(seen, truth);
        // Runs of every length, so that rings meet each moment of a run: its lock, its start, its end, its removal.
        await sleep(Math.random() * 6);
      };
      await using one = await instance(backend, work);
      await using two = await instance(backend, work);
      for (let round = 0; round < 60; round += 1) {
        truth += 1;
        await (round % 2 === 0 ? one : two).ring('work', { agent: 'a' });
        if (round % 5 === 0) await vi.waitFor(() => expect(seen).toBe(truth), PATIENCE);
        else await sleep(Math.random() * 8);
      }
      await vi.waitFor(() => expect(seen).toBe(truth), PATIENCE);
      await nothingLeft(backend);
      expect(begun).toBeLessThanOrEqual(60);
    });

    test('rings while every slot is busy stay few rows, and are not lost', async () => {
      await using backend = await makeBackend();
      const busy = gate();
      let begun = 0;
      await using scheduler = await instance(backend, async () => {
        begun += 1;
        await busy.opened;
      });
      for (let ring = 0; ring < 40; ring += 1) await scheduler.ring('work', { agent: 'a' });
      await vi.waitFor(() => expect(begun).toBeGreaterThan(0), PATIENCE);
      const before = begun;
      expect((await backend.rows()).length).toBeLessThanOrEqual(7);
      await scheduler.ring('work', { agent: 'a' });
      busy.open();
      await vi.waitFor(() => expect(begun).toBeGreaterThan(before), PATIENCE);
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
      await scheduler.ring('work', { agent: 'bad' });
      await scheduler.ring('work', { agent: 'good' });
      await nothingLeft(backend);
      expect(agents.sort()).toEqual(['bad', 'bad', 'bad', 'good']);
    });
  });

  describe.concurrent('moments', { timeout: 60_000 }, () => {
    test('a moment comes when it comes, once, and not before', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using scheduler = await instance(backend, work);
      const atMs = Date.now() + 900;
      await scheduler.ringAt('work', { agent: 'a' }, new Date(atMs), 'one');
      await vi.waitFor(() => expect(runs).toHaveLength(1), PATIENCE);
      expect(runs[0]?.atMs).toBeGreaterThanOrEqual(atMs);
      expect(runs[0]?.atMs).toBeLessThan(atMs + 1_000);
      await nothingLeft(backend);
    });

    test('a key rung again has one moment, the last that was given', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using scheduler = await instance(backend, work);
      const soon = new Date(Date.now() + 60_000);
      await Promise.all(
        Array.from({ length: 20 }, () => scheduler.ringAt('work', { agent: 'late' }, soon, 'one')),
      );
      expect(await backend.rows()).toHaveLength(1);
      await scheduler.ringAt('work', { agent: 'early' }, new Date(), 'one');
      await scheduler.ringAt('work', { agent: 'other' }, new Date(), 'two');
      await nothingLeft(backend);
      expect(runs.map((run) => run.agent).sort()).toEqual(['early', 'other']);
    });

    test('a key can be moved while a process already waits for its moment', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using scheduler = await instance(backend, work, { pollMs: 1_500 });
      await scheduler.ringAt('work', { agent: 'first' }, new Date(Date.now() + 1_200), 'one');
      await vi.waitFor(async () => expect((await backend.rows())[0]?.locked).toBe(true), PATIENCE);
      const atMs = Date.now() + 2_000;
      await scheduler.ringAt('work', { agent: 'moved' }, new Date(atMs), 'one');
      await nothingLeft(backend);
      expect(runs.map((run) => run.agent)).toEqual(['moved']);
      expect(runs[0]?.atMs).toBeGreaterThanOrEqual(atMs);
    });

    test('a moment that is taken back never comes', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using scheduler = await instance(backend, work);
      await scheduler.ringAt('work', { agent: 'never' }, new Date(Date.now() + 700), 'one');
      await scheduler.ringAt('work', { agent: 'after' }, new Date(Date.now() + 1_000), 'two');
      expect(await scheduler.cancel('work', 'one')).toBe(true);
      expect(await scheduler.cancel('work', 'there is none')).toBe(true);
      await nothingLeft(backend);
      expect(runs.map((run) => run.agent)).toEqual(['after']);
    });
  });

  describe.concurrent('schedules', { timeout: 60_000 }, () => {
    test('a schedule given by two instances is one schedule', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using one = await instance(backend, work);
      await using two = await instance(backend, work);
      const everySecond: Repeat = { key: 'tick', cron: '* * * * * *' };
      await Promise.all(
        [one, two, one, two].map((each) => each.repeat('work', { agent: 'tick' }, everySecond)),
      );
      expect(await backend.rows()).toHaveLength(1);
      await vi.waitFor(() => expect(runs.length).toBeGreaterThanOrEqual(4), PATIENCE);
      const seconds = runs.map((run) => Math.floor(run.atMs / 1_000));
      expect(new Set(seconds).size).toBe(seconds.length);
      await one.cancel('work', 'tick');
      await nothingLeft(backend);
    });

    test('a schedule that is changed goes by the new one', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using scheduler = await instance(backend, work);
      await scheduler.repeat(
        'work',
        { agent: 'yearly' },
        { key: 'tick', cron: '0 0 1 1 *', timezone: 'Europe/Berlin' },
      );
      const [row] = await backend.rows();
      expect(row?.nextRunAt?.toISOString()).toMatch(/-12-31T23:00:00.000Z$/);
      await scheduler.repeat('work', { agent: 'tick' }, { key: 'tick', everyMs: 1_000 });
      await vi.waitFor(() => expect(runs.length).toBeGreaterThanOrEqual(2), PATIENCE);
      expect(new Set(runs.map((run) => run.agent))).toEqual(new Set(['tick']));
      expect(await backend.rows()).toHaveLength(1);
    });

    test('a schedule that cannot be is refused, and writes nothing', async () => {
      await using backend = await makeBackend();
      await using scheduler = await instance(backend);
      for (const cron of ['', '* *', '61 * * * *', '0 0 30 2 *', 'never', '0 seconds', '* '.repeat(2_500)]) {
        const refused = scheduler.repeat('housekeeping', {}, { key: 'bad', cron });
        await expect(refused, JSON.stringify(cron)).rejects.toMatchObject({ code: 'VALIDATION' });
      }
      const nowhere = { key: 'bad', cron: '0 0 * * *', timezone: 'Mars/Olympus' };
      await expect(scheduler.repeat('housekeeping', {}, nowhere)).rejects.toMatchObject({
        code: 'VALIDATION',
      });
      for (const everyMs of [0, -1, 0.5, Number.NaN, 1e15]) {
        await expect(scheduler.repeat('housekeeping', {}, { key: 'bad', everyMs })).rejects.toThrow(Refusal);
      }
      expect(await backend.rows()).toEqual([]);
    });
  });

  describe.concurrent('when something dies', { timeout: 90_000 }, () => {
    test('a run longer than its lock stays one run', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      const long: Handlers['work'] = async (payload, context) => {
        await work(payload, context);
        await sleep(4_000);
      };
      await using one = await instance(backend, long, { lockMs: 1_200 });
      await using _two = await instance(backend, long, { lockMs: 1_200 });
      await one.ring('work', { agent: 'a' });
      await nothingLeft(backend);
      expect(runs).toHaveLength(1);
    });

    test('what a process killed with -9 was running is run by another', async () => {
      await using backend = await makeBackend();
      const lockMs = 1_500;
      const input = JSON.stringify({ backend: backend.address, lockMs });
      const child = spawn(process.execPath, ['--import', 'tsx', 'test/fixtures/scheduler-child.ts', input], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        await using producer = await instance(backend);
        await producer.ring('work', { agent: 'a' });
        expect(await firstLine(child)).toBe('a');
        const { runs, work } = recorder();
        await using _other = await instance(backend, work, { lockMs });
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
        expect(runs).toEqual([]);
        await vi.waitFor(() => expect(runs).toHaveLength(1), PATIENCE);
        await nothingLeft(backend);
      } finally {
        child.kill('SIGKILL');
      }
    });

    test('connections that are cut again and again lose no ring', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using runner = await instance(backend, work, { lockMs: 1_500 });
      await using producer = await instance(backend);
      const agents = Array.from({ length: 24 }, (_, number) => `agent-${number}`);
      for (const [index, agent] of agents.entries()) {
        const ringing = producer.ring('work', { agent });
        if (index % 4 === 0) await backend.cut();
        await ringing;
      }
      await vi.waitFor(
        () => expect(new Set(runs.map((run) => run.agent))).toEqual(new Set(agents)),
        PATIENCE,
      );
      await vi.waitFor(async () => expect(await runner.status()).toEqual({ ok: true }), PATIENCE);
      await nothingLeft(backend);
    });

    test('a store that is away for seconds is missed, and what was rung meanwhile is run when it is back', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using runner = await instance(backend, work, { lockMs: 1_500 });
      await using producer = await instance(backend);
      await backend.away();
      expect(await producer.ring('work', { agent: 'kept' })).toBe(false);
      await producer.ringAt('work', { agent: 'never' }, new Date(), 'key');
      await producer.ringAt('work', { agent: 'last' }, new Date(), 'key');
      await sleep(AWAY_MS);
      expect(await runner.status()).toMatchObject({ ok: false, detail: expect.any(String) });
      expect(runs).toEqual([]);
      await backend.back();
      const backAtMs = Date.now();
      await vi.waitFor(async () => expect(await runner.status()).toEqual({ ok: true }), PATIENCE);
      await vi.waitFor(async () => expect(await producer.status()).toEqual({ ok: true }), PATIENCE);
      expect(Date.now() - backAtMs).toBeLessThan(6_000);
      await vi.waitFor(() => expect(runs.map((run) => run.agent).sort()).toEqual(['kept', 'last']), PATIENCE);
      await nothingLeft(backend);
    });

    test('a store that swallows everything is given up in bounded time, and found again', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using runner = await instance(backend, work, { lockMs: 1_500 });
      await runner.ring('work', { agent: 'before' });
      await nothingLeft(backend);
      await backend.swallow();
      const beganMs = Date.now();
      expect(await runner.status()).toMatchObject({ ok: false });
      expect(Date.now() - beganMs).toBeLessThan(2_000);
      expect(await runner.ring('work', { agent: 'kept' })).toBe(false);
      expect(Date.now() - beganMs).toBeLessThan(9_000);
      await backend.back();
      await vi.waitFor(() => expect(runs.map((run) => run.agent)).toContain('kept'), PATIENCE);
      await vi.waitFor(async () => expect(await runner.status()).toEqual({ ok: true }), PATIENCE);
    });

    test('without its store a drain and a close end in their time', async () => {
      await using backend = await makeBackend();
      for (const fail of [backend.away, backend.swallow]) {
        const begun = gate();
        const scheduler = await instance(backend, async () => {
          begun.open();
          await new Promise(() => undefined);
        });
        await scheduler.ring('work', { agent: 'a' });
        await begun.opened;
        await fail();
        const beganMs = Date.now();
        expect((await scheduler.drain(500)).left).toBeGreaterThan(0);
        expect(Date.now() - beganMs).toBeLessThan(2_500);
        await scheduler[Symbol.asyncDispose]();
        expect(Date.now() - beganMs).toBeLessThan(5_000);
        await backend.back();
      }
    });

    test('without its store it comes up, says so, and runs what was rung when the store is there', async () => {
      await using backend = await makeBackend();
      await backend.away();
      const { runs, work } = recorder();
      const beganMs = Date.now();
      await using scheduler = await instance(backend, work);
      expect(Date.now() - beganMs).toBeLessThan(8_000);
      expect(await scheduler.status()).toMatchObject({ ok: false });
      expect(await scheduler.ring('work', { agent: 'a' })).toBe(false);
      expect(await scheduler.repeat('work', { agent: 'tick' }, { key: 'tick', everyMs: 1_000 })).toBe(false);
      await backend.back();
      await vi.waitFor(
        () => expect(runs.map((run) => run.agent)).toEqual(expect.arrayContaining(['a', 'tick'])),
        PATIENCE,
      );
      expect(await scheduler.status()).toEqual({ ok: true });
    });
  });

  describe.concurrent('leaving', { timeout: 60_000 }, () => {
    test('a drain waits for what is under way and takes nothing new', async () => {
      await using backend = await makeBackend();
      const begun = gate();
      const end = gate();
      const finished: string[] = [];
      await using scheduler = await instance(backend, async ({ agent }) => {
        begun.open();
        await end.opened;
        finished.push(agent);
      });
      await scheduler.ring('work', { agent: 'under way' });
      await begun.opened;
      const draining = scheduler.drain(10_000);
      await scheduler.ring('work', { agent: 'too late' });
      end.open();
      expect(await draining).toEqual({ left: 0 });
      expect(finished).toEqual(['under way']);
      expect(await scheduler.drain(0)).toEqual({ left: 0 });
      expect((await backend.rows()).map((row) => row.locked)).toEqual([false]);
    });

    test('what a drain leaves behind is told to stop, and another runs it at once', async () => {
      await using backend = await makeBackend();
      const stuck = gate();
      const told = gate();
      const leaving = await instance(backend, async (_, { signal }) => {
        signal.addEventListener('abort', told.open);
        stuck.open();
        await new Promise(() => undefined);
      });
      await using _disposed = leaving;
      await leaving.ring('work', { agent: 'a' });
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
      const leaving = await instance(backend, () => Promise.reject(new Error('left')), { pollMs: 2_000 });
      await using _disposed = leaving;
      const atMs = Date.now() + 1_500;
      await leaving.ringAt('work', { agent: 'a' }, new Date(atMs), 'one');
      await vi.waitFor(async () => expect((await backend.rows())[0]?.locked).toBe(true), PATIENCE);
      expect(await leaving.drain(5_000)).toEqual({ left: 0 });
      await using _other = await instance(backend, work);
      await vi.waitFor(() => expect(runs).toHaveLength(1), { timeout: 10_000, interval: 10 });
      expect(runs[0]?.atMs).toBeGreaterThanOrEqual(atMs);
      await nothingLeft(backend);
    });
  });
}

/** For stores that tell of a wake-up by themselves; one that is only polled is exempt. */
export function promptConformance(makeBackend: () => Promise<SchedulerBackend>): void {
  test('a ring by a process that only rings is heard at once, long before the poll', {
    timeout: 60_000,
  }, async () => {
    await using backend = await makeBackend();
    const { runs, work } = recorder();
    await using _runner = await instance(backend, work, { pollMs: 30_000 });
    await using producer = await instance(backend);
    await vi.waitFor(
      async () => {
        // The runner listens a moment after it started; from then on each ring is heard.
        const before = runs.length;
        await producer.ring('work', { agent: 'a' });
        await vi.waitFor(() => expect(runs.length).toBeGreaterThan(before), { timeout: 1_000, interval: 5 });
      },
      { timeout: 10_000, interval: 10 },
    );
    const latenciesMs: number[] = [];
    for (let ring = 0; ring < 20; ring += 1) {
      await nothingLeft(backend);
      const before = runs.length;
      const rungMs = performance.now();
      await producer.ring('work', { agent: 'a' });
      await vi.waitFor(() => expect(runs.length).toBe(before + 1), { timeout: 5_000, interval: 1 });
      latenciesMs.push(performance.now() - rungMs);
    }
    const median = latenciesMs.sort((a, b) => a - b)[10] ?? Number.NaN;
    expect(median).toBeLessThan(500);
  });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the child has no output');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return String(line);
}
