import { expect, test } from 'vitest';
import type { WorkOutcome } from '../../../../src/agents/work/outcome.ts';
import { revocationsOf } from '../../../../src/agents/work/task-run/revocations.ts';
import { OperationError, Refusal } from '../../../../src/core/errors.ts';
import { createLog } from '../../../../src/core/log.ts';
import { deferred } from '../../../../src/core/promises.ts';
import { RETRY } from '../../../../src/domain/limits.ts';
import { createEventLog } from '../../../../src/streams/log/event-log.ts';
import { cancelTask } from '../../../../src/tasks/commands/cancel.ts';
import { ada, DONE, untilAborted, workerHarness } from '../../../fixtures/worker.ts';

const soon = { timeout: 10_000, interval: 10 };

/** Lets the backoff pass. */
const MAKE_DUE = `update tasks set not_before = now() - interval '1 second' where id = $1`;

test('a run that fails is tried five times in all, each after twice the time, then the task has failed', async () => {
  const delaysMs: number[] = [];
  await using harness = await workerHarness({
    unlucky: async () => ({ kind: 'retry', code: 'model_unavailable', message: 'It hung up.' }),
  });
  const { id } = await harness.create({ title: 'unlucky' });
  harness.worker();
  for (let attempt = 1; attempt < RETRY.maxAttempts; attempt += 1) {
    await expect.poll(async () => (await harness.task(id)).attempts, soon).toBe(attempt);
    const { notBefore, readAt, status, lease, updatedAt } = await harness.task(id);
    expect({ status, lease }).toEqual({ status: 'in_progress', lease: null });
    expect(Number(notBefore)).toBeGreaterThan(Number(readAt));
    delaysMs.push(Number(notBefore) - Number(updatedAt));
    await harness.sql(MAKE_DUE, [id]);
  }
  await expect.poll(async () => (await harness.task(id)).status, soon).toBe('failed');
  for (const [index, delayMs] of delaysMs.entries()) {
    const fullMs = RETRY.firstDelayMs * 2 ** index;
    expect(delayMs).toBeGreaterThanOrEqual(fullMs / 2 - 5);
    expect(delayMs).toBeLessThanOrEqual(fullMs + 5);
  }
  const task = await harness.task(id);
  expect(task).toMatchObject({
    attempts: RETRY.maxAttempts,
    runNumber: RETRY.maxAttempts,
    error: { code: 'model_unavailable', message: 'It hung up.' },
  });
  expect((await harness.typesOf(id)).filter((type) => type === 'run.retry_scheduled')).toHaveLength(4);
});

test("a model's own Retry-After is honoured, up to ten minutes", async () => {
  const retry = (retryAfterMs: number): WorkOutcome => ({
    kind: 'retry',
    code: 'model_busy',
    message: 'Later.',
    retryAfterMs,
  });
  await using harness = await workerHarness({
    short: async () => retry(90_000),
    long: async () => retry(3_600_000),
  });
  const made = await Promise.all([harness.create({ title: 'short' }), harness.create({ title: 'long' })]);
  harness.worker();
  for (const [index, expectedMs] of [90_000, RETRY.maxRetryAfterMs].entries()) {
    const id = made[index]?.id ?? '';
    await expect.poll(async () => (await harness.task(id)).attempts, soon).toBe(1);
    const { notBefore, updatedAt } = await harness.task(id);
    expect(Math.abs(Number(notBefore) - Number(updatedAt) - expectedMs)).toBeLessThan(10);
  }
});

test('a handler that throws is an attempt, and its slot is free again', async () => {
  await using harness = await workerHarness({
    broken: () => Promise.reject(new Error('an unexpected error')),
  });
  const { id } = await harness.create({ title: 'broken', priority: 1 });
  const next = await harness.create({ title: 'next' });
  harness.worker({ concurrency: 1 });
  await expect.poll(async () => (await harness.task(next.id)).status, soon).toBe('completed');
  expect(await harness.task(id)).toMatchObject({ status: 'in_progress', attempts: 1 });
});

test('a database that is away when a run begins costs its task no attempt', async () => {
  await using harness = await workerHarness();
  const { id } = await harness.create({ title: 'unlucky' });
  let reads = 0;
  harness.worker({
    callerFor: async (_task, run) => {
      reads += 1;
      if (reads === 1) throw new OperationError('UNAVAILABLE', 'API keys cannot be checked now.');
      if (reads === 2) throw Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
      return { ...ada, run };
    },
  });
  for (const runs of [1, 2]) {
    await expect
      .poll(async () => (await harness.typesOf(id)).filter((type) => type === 'run.released').length, soon)
      .toBe(runs);
    await harness.sql(MAKE_DUE, [id]);
  }
  await expect.poll(async () => (await harness.task(id)).status, soon).toBe('completed');
  expect(await harness.task(id)).toMatchObject({ attempts: 0, lostLeases: 0 });
});

test('a revoked key fails its task with the text of the refusal', async () => {
  await using harness = await workerHarness();
  const { id } = await harness.create({ title: 'revoked' });
  harness.worker({ callerFor: () => Promise.reject(new Refusal('FORBIDDEN', 'The API key was revoked.')) });
  await expect.poll(async () => (await harness.task(id)).status, soon).toBe('failed');
  expect((await harness.task(id)).error).toEqual({ code: 'forbidden', message: 'The API key was revoked.' });
});

test('a result that the database refuses fails its task instead of being retried without end', async () => {
  await using harness = await workerHarness({
    nul: async () => ({ kind: 'completed', result: { text: 'a\u0000b' } }),
    circle: async () => {
      const result: Record<string, unknown> = {};
      result['self'] = result;
      return { kind: 'completed', result };
    },
  });
  const made = await Promise.all([harness.create({ title: 'nul' }), harness.create({ title: 'circle' })]);
  harness.worker();
  for (const { id } of made) {
    await expect.poll(async () => (await harness.task(id)).status, soon).toBe('failed');
    expect((await harness.task(id)).error).toMatchObject({ code: 'unwritable_end' });
  }
});

test('higher priority first, then older; nothing before its moment, and no task of an unknown agent', async () => {
  await using harness = await workerHarness();
  const early = await harness.create({
    title: 'not yet',
    priority: 100,
    notBefore: new Date(Date.now() + 3_600_000),
  });
  const foreign = await harness.create({ title: 'foreign', priority: 100 });
  await harness.sql(`update tasks set agent = 'stranger' where id = $1`, [foreign.id]);
  for (const [title, priority] of [
    ['low', -5],
    ['first', 0],
    ['second', 0],
    ['high', 7],
  ] as const) {
    await harness.create({ title, priority });
  }
  harness.worker({ concurrency: 1 });
  await expect.poll(() => harness.began.length, soon).toBe(4);
  expect(harness.began).toEqual(['high', 'first', 'second', 'low']);
  await harness.sql(MAKE_DUE, [early.id]);
  await expect.poll(async () => (await harness.task(early.id)).status, soon).toBe('completed');
  expect(await harness.task(foreign.id)).toMatchObject({ status: 'pending', version: 1 });
});

test('a cancel aborts the run within a second, and nothing comes after it', async () => {
  const aborted = deferred<number>();
  await using harness = await workerHarness({
    slow: async (context) => {
      await untilAborted(context);
      aborted.resolve(performance.now());
      return DONE;
    },
  });
  await using log = createEventLog({ pool: harness.app.pool, log: createLog('silent') });
  await log.start();
  const { id } = await harness.create({ title: 'slow' });
  const worker = harness.worker();
  log.onPage((events) => worker.revoked(revocationsOf(events)));
  await expect.poll(() => harness.under.has('slow'), soon).toBe(true);
  const askedAtMs = performance.now();
  await cancelTask(harness.app.tasks, ada, { id });
  log.look();
  expect((await aborted.promise) - askedAtMs).toBeLessThan(1_000);
  await worker.stop(0);
  expect(await harness.typesOf(id)).toEqual(['task.created', 'task.started', 'task.cancelled']);
});

test('a cancel that is read before the answer of the claim still stops the run', async () => {
  await using harness = await workerHarness({ slow: untilAborted });
  const { id } = await harness.create({ title: 'slow' });
  const { tasks } = harness.app;
  const claim: typeof tasks.writer.claim = async (request) => {
    const claimed = await tasks.writer.claim(request);
    if (claimed.length > 0) {
      await cancelTask(tasks, ada, { id });
      await using log = createEventLog({ pool: harness.app.pool, log: createLog('silent') });
      await log.start();
      const { events } = await log.read({ after: 0n, limit: 10 });
      worker.revoked(revocationsOf(events));
    }
    return claimed;
  };
  const worker = harness.worker({ tasks: { ...tasks, writer: { ...tasks.writer, claim } } });
  await expect.poll(() => harness.began, soon).toEqual(['slow']);
  await expect.poll(() => harness.under.size, { timeout: 1_000, interval: 10 }).toBe(0);
});
