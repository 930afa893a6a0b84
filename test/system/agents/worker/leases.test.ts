import { expect, test } from 'vitest';
import type { WorkOutcome } from '../../../../src/agents/work/outcome.ts';
import { sleep } from '../../../../src/core/clock.ts';
import { deferred } from '../../../../src/core/promises.ts';
import { DONE, untilAborted, workerHarness } from '../../../fixtures/worker.ts';

const soon = { timeout: 10_000, interval: 10 };

/** Long enough that a process which gets no processor for half a second keeps its leases. */
const LEASE_MS = 1_500;

/** What a worker's death leaves behind: a lease that ran out. */
const LEASE_OUT = `update tasks set lease_until = now() - interval '1 second' where id = $1`;

test('a run whose lease is taken away is aborted within a heartbeat and writes nothing', async () => {
  await using harness = await workerHarness({
    slow: async (context) => {
      await untilAborted(context);
      return DONE;
    },
  });
  const { id } = await harness.create({ title: 'slow' });
  const worker = harness.worker({ leaseMs: LEASE_MS });
  await expect.poll(() => harness.under.has('slow'), soon).toBe(true);
  // Another has it, for long.
  await harness.sql(
    `update tasks set lease_token = nextval('lease_tokens'), lease_owner = 'another', lease_until = now() + interval '1 hour' where id = $1`,
    [id],
  );
  // Told by the heartbeat: long before the lease that it believes in runs out.
  await expect.poll(() => harness.under.size, { timeout: LEASE_MS - 300, interval: 10 }).toBe(0);
  await worker.stop(0);
  expect(await harness.task(id)).toMatchObject({
    status: 'in_progress',
    version: 2,
    lease: { owner: 'another' },
  });
});

test('work several times as long as the lease is one run', async () => {
  await using harness = await workerHarness({
    slow: async () => {
      await sleep(3 * LEASE_MS);
      return DONE;
    },
  });
  const { id } = await harness.create({ title: 'slow' });
  harness.worker({ leaseMs: LEASE_MS });
  harness.worker({ leaseMs: LEASE_MS });
  await expect.poll(async () => (await harness.task(id)).status, soon).toBe('completed');
  expect(await harness.typesOf(id)).toEqual(['task.created', 'task.started', 'task.completed']);
});

test('while the heartbeat fails a run ends itself when its lease runs out on its own clock', async () => {
  const aborted = deferred<{ begunMs: number; endedMs: number }>();
  await using harness = await workerHarness({
    slow: async (context) => {
      const begunMs = performance.now();
      await untilAborted(context);
      aborted.resolve({ begunMs, endedMs: performance.now() });
      return { kind: 'aborted' };
    },
  });
  await harness.create({ title: 'slow' });
  const deaf = {
    query: () => Promise.reject(new Error('connection lost')),
  } as unknown as typeof harness.app.pool;
  const startedAtMs = performance.now();
  harness.worker({ leaseMs: 900, leasePool: deaf, pollMs: 60_000 });
  const { begunMs, endedMs } = await aborted.promise;
  expect(endedMs - startedAtMs).toBeGreaterThan(800);
  expect(endedMs - begunMs).toBeLessThan(1_900);
});

test('a stop gives unfinished tasks back at once, not as an attempt, and another takes them up', async () => {
  const ignored = deferred<WorkOutcome>();
  let runs = 0;
  await using harness = await workerHarness({
    polite: async (context) => {
      runs += 1;
      return runs > 1 ? DONE : untilAborted(context);
    },
    // Ignores its signal the first time.
    rude: async ({ unit }) => (unit.attempt > 1 ? DONE : ignored.promise),
    // Says that it failed because it was stopped.
    startled: async (context) => {
      if (context.unit.attempt > 1) return DONE;
      await untilAborted(context);
      return { kind: 'retry', code: 'internal', message: 'aborted' };
    },
    throwing: async (context) => {
      if (context.unit.attempt > 1) return DONE;
      await untilAborted(context);
      throw new Error('aborted');
    },
    finishing: async (context) => {
      await untilAborted(context);
      return DONE;
    },
  });
  const titles = ['polite', 'rude', 'startled', 'throwing', 'finishing'];
  const made = await Promise.all(titles.map((title) => harness.create({ title })));
  const worker = harness.worker();
  await expect.poll(() => harness.under.size, soon).toBe(5);
  const askedAtMs = performance.now();
  const { released } = await worker.stop(100);
  expect(performance.now() - askedAtMs).toBeLessThan(1_100);
  expect(released).toBe(4);
  const next = harness.worker();
  for (const { id, title } of made) {
    await expect.poll(async () => (await harness.task(id)).status, soon).toBe('completed');
    const again = ['run.released', 'run.started'];
    expect(await harness.typesOf(id), title).toEqual([
      'task.created',
      'task.started',
      ...(title === 'finishing' ? [] : again),
      'task.completed',
    ]);
    expect(await harness.task(id)).toMatchObject({ attempts: 0, lostLeases: 0 });
  }
  await next.stop(0);
  ignored.resolve(DONE);
});

test('a stop waits no longer than its grace for a claim that hangs, and gives back what it takes after all', async () => {
  await using harness = await workerHarness({ slow: untilAborted });
  const { id } = await harness.create({ title: 'slow' });
  const hang = deferred<void>();
  const asked = deferred<void>();
  const { tasks } = harness.app;
  const claim: typeof tasks.writer.claim = async (request) => {
    const claimed = await tasks.writer.claim(request);
    asked.resolve();
    await hang.promise;
    return claimed;
  };
  const worker = harness.worker({ tasks: { ...tasks, writer: { ...tasks.writer, claim } } });
  await asked.promise;
  const askedAtMs = performance.now();
  const stopping = worker.stop(200);
  const inTime = await Promise.race([stopping.then(() => true), sleep(1_500).then(() => false)]);
  hang.resolve();
  await stopping;
  expect({ inTime, afterMs: performance.now() - askedAtMs }).toMatchObject({ inTime: true });
  await expect.poll(async () => (await harness.typesOf(id)).at(-1), soon).toBe('run.released');
});

test('a task that has lost two leases runs alone, and its neighbours wait', async () => {
  const go = deferred<WorkOutcome>();
  const first = deferred<WorkOutcome>();
  await using harness = await workerHarness({ suspect: () => go.promise, neighbour: () => first.promise });
  const notBefore = new Date(Date.now() + 3_600_000);
  const suspect = await harness.create({ title: 'suspect', notBefore });
  await harness.create({ title: 'neighbour' });
  const worker = harness.worker();
  await expect.poll(() => [...harness.under], soon).toEqual(['neighbour']);
  await harness.sql('update tasks set lost_leases = 2, not_before = null where id = $1', [suspect.id]);
  await sleep(250);
  // The suspect waits for its neighbour, and nobody new begins meanwhile.
  await harness.create({ title: 'late' });
  await sleep(250);
  expect(harness.began).toEqual(['neighbour']);
  first.resolve(DONE);
  await expect.poll(() => [...harness.under], soon).toEqual(['suspect']);
  worker.wake();
  await sleep(250);
  expect(harness.began).toEqual(['neighbour', 'suspect']);
  go.resolve(DONE);
  await expect.poll(() => harness.began, soon).toEqual(['neighbour', 'suspect', 'late']);
});

test('a task that lost three leases fails as poison, after running alone the last time', async () => {
  await using harness = await workerHarness({ poison: untilAborted });
  const { id } = await harness.create({ title: 'poison' });
  for (let loss = 1; loss <= 3; loss += 1) {
    // It dies with its task: nothing of it is written.
    const worker = harness.worker();
    await expect.poll(() => harness.began.length, soon).toBe(loss);
    await harness.sql(LEASE_OUT, [id]);
    const { runId } = await harness.task(id);
    worker.revoked([{ unitId: id, attemptId: runId, cause: 'lease_lost' }]);
    await worker.stop(0);
  }
  harness.worker();
  await expect.poll(async () => (await harness.task(id)).status, soon).toBe('failed');
  expect((await harness.task(id)).error).toMatchObject({ code: 'poison' });
  expect(await harness.typesOf(id)).toEqual([
    'task.created',
    'task.started',
    'run.lease_lost',
    'run.started',
    'run.lease_lost',
    'run.started',
    'run.lease_lost',
    'task.failed',
  ]);
  expect(harness.began).toHaveLength(3);
});

test('a claim whose answer is lost is found again, and counts as no lost lease', async () => {
  await using harness = await workerHarness();
  const { tasks } = harness.app;
  let cuts = 0;
  const claim: typeof tasks.writer.claim = async (request) => {
    const claimed = await tasks.writer.claim(request);
    if (claimed.length === 0 || cuts === 2) return claimed;
    cuts += 1;
    throw new Error('Connection terminated unexpectedly');
  };
  const made = await Promise.all(['a', 'b'].map((title) => harness.create({ title })));
  harness.worker({
    concurrency: 1,
    leaseMs: 60_000,
    tasks: { ...tasks, writer: { ...tasks.writer, claim } },
  });
  for (const { id } of made) {
    await expect
      .poll(async () => (await harness.task(id)).status, { timeout: 4_000, interval: 10 })
      .toBe('completed');
    expect(await harness.typesOf(id)).toEqual(['task.created', 'task.started', 'task.completed']);
  }
  expect(cuts).toBe(2);
});
