import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, test, vi } from 'vitest';
import { sleep } from '../../../src/core/clock.ts';
import type { Handlers } from '../../../src/scheduler/catalogue.ts';
import type { SchedulerBackend } from '../../fixtures/scheduler-backend.ts';
import { gate, instance, nothingLeft, recorder, WAIT } from './instance.ts';

/** How long a store stays away: several polls, retries and heartbeats of its clients. */
const AWAY_MS = 4_000;

/**
 * How long a lock holds where two runs of one wake-up would be wrong: a process that gets no processor for two thirds of it
 * loses it, and rightly so.
 */
const LOCK_MS = 3_000;

/** Processes, connections and stores that die. */
export function failures(makeBackend: () => Promise<SchedulerBackend>): void {
  describe.concurrent('after a crash or outage', { timeout: 90_000 }, () => {
    test('a run longer than its lock stays one run', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      const long: Handlers['work'] = async (payload, context) => {
        await work(payload, context);
        await sleep(2.5 * LOCK_MS);
      };
      await using one = await instance(backend, long, { lockMs: LOCK_MS });
      await using _two = await instance(backend, long, { lockMs: LOCK_MS });
      await one.wake('work', { agent: 'a' });
      await vi.waitFor(() => expect(runs).toHaveLength(1), WAIT);
      await nothingLeft(backend);
      expect(runs).toHaveLength(1);
    });

    test('a job of a process killed with -9 is run by another', async () => {
      await using backend = await makeBackend();
      const lockMs = LOCK_MS;
      const input = JSON.stringify({ backend: backend.address, lockMs });
      const child = spawn(process.execPath, ['--import', 'tsx', 'test/fixtures/scheduler-child.ts', input], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        await using producer = await instance(backend);
        await producer.wake('work', { agent: 'a' });
        expect(await firstLine(child)).toBe('a');
        const { runs, work } = recorder();
        await using _other = await instance(backend, work, { lockMs });
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
        expect(runs).toEqual([]);
        await vi.waitFor(() => expect(runs).toHaveLength(1), WAIT);
        await nothingLeft(backend);
      } finally {
        child.kill('SIGKILL');
      }
    });

    test('connections that are cut again and again lose no wake-up', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using runner = await instance(backend, work, { lockMs: 1_500 });
      await using producer = await instance(backend);
      const agents = Array.from({ length: 24 }, (_, number) => `agent-${number}`);
      for (const [index, agent] of agents.entries()) {
        const waking = producer.wake('work', { agent });
        if (index % 4 === 0) await backend.cut();
        await waking;
      }
      await vi.waitFor(() => expect(new Set(runs.map((run) => run.agent))).toEqual(new Set(agents)), WAIT);
      await vi.waitFor(async () => expect(await runner.status()).toEqual({ ok: true }), WAIT);
      await nothingLeft(backend);
    });

    test('after an outage of the store for seconds, the wake-ups set meanwhile are run', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using runner = await instance(backend, work, { lockMs: 1_500 });
      await using producer = await instance(backend);
      await backend.away();
      expect(await producer.wake('work', { agent: 'kept' })).toBe(false);
      await producer.wakeAt('work', { agent: 'never' }, new Date(), 'key');
      await producer.wakeAt('work', { agent: 'last' }, new Date(), 'key');
      await sleep(AWAY_MS);
      expect(await runner.status()).toMatchObject({ ok: false, detail: expect.any(String) });
      expect(runs).toEqual([]);
      await backend.back();
      const backAtMs = Date.now();
      await vi.waitFor(async () => expect(await runner.status()).toEqual({ ok: true }), WAIT);
      await vi.waitFor(async () => expect(await producer.status()).toEqual({ ok: true }), WAIT);
      expect(Date.now() - backAtMs).toBeLessThan(6_000);
      await vi.waitFor(() => expect(runs.map((run) => run.agent).sort()).toEqual(['kept', 'last']), WAIT);
      await nothingLeft(backend);
    });

    test('a store that swallows everything is given up in bounded time, and found again', async () => {
      await using backend = await makeBackend();
      const { runs, work } = recorder();
      await using runner = await instance(backend, work, { lockMs: 1_500 });
      await runner.wake('work', { agent: 'before' });
      await vi.waitFor(() => expect(runs).toHaveLength(1), WAIT);
      await nothingLeft(backend);
      await backend.swallow();
      const beganMs = Date.now();
      expect(await runner.status()).toMatchObject({ ok: false });
      expect(Date.now() - beganMs).toBeLessThan(2_000);
      expect(await runner.wake('work', { agent: 'kept' })).toBe(false);
      expect(Date.now() - beganMs).toBeLessThan(9_000);
      await backend.back();
      await vi.waitFor(() => expect(runs.map((run) => run.agent)).toContain('kept'), WAIT);
      await vi.waitFor(async () => expect(await runner.status()).toEqual({ ok: true }), WAIT);
    });

    test('without its store a drain and a close end in their time', async () => {
      await using backend = await makeBackend();
      for (const fail of [backend.away, backend.swallow]) {
        const begun = gate();
        const scheduler = await instance(backend, async () => {
          begun.open();
          await new Promise(() => undefined);
        });
        await scheduler.wake('work', { agent: 'a' });
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

    test('without its store it starts, reports that, and runs the wake-ups when the store is reachable', async () => {
      await using backend = await makeBackend();
      await backend.away();
      const { runs, work } = recorder();
      const beganMs = Date.now();
      await using scheduler = await instance(backend, work);
      expect(Date.now() - beganMs).toBeLessThan(8_000);
      expect(await scheduler.status()).toMatchObject({ ok: false });
      expect(await scheduler.wake('work', { agent: 'a' })).toBe(false);
      expect(await scheduler.repeat('work', { agent: 'tick' }, { key: 'tick', everyMs: 1_000 })).toBe(false);
      await backend.back();
      await vi.waitFor(
        () => expect(runs.map((run) => run.agent)).toEqual(expect.arrayContaining(['a', 'tick'])),
        WAIT,
      );
      expect(await scheduler.status()).toEqual({ ok: true });
    });
  });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the child has no output');
  const dead = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the child ended with ${code}`)),
  );
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), dead]);
  return String(line);
}
