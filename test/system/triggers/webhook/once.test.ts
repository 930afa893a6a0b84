import { expect, test } from 'vitest';
import { newId } from '../../../../src/core/ids.ts';
import { createLog } from '../../../../src/core/log.ts';
import { retryFor } from '../../../../src/core/retry.ts';
import { NOTHING_ALLOWED } from '../../../../src/guarded-http/allow.ts';
import { createInProcessPubSub } from '../../../../src/pubsub/in-process.ts';
import { decideIncoming } from '../../../../src/store/deliveries/incoming.ts';
import type { TriggerContext } from '../../../../src/triggers/context.ts';
import { receiveWebhook } from '../../../../src/triggers/webhook/receive.ts';
import { sweepDeliveries } from '../../../../src/triggers/webhook/sweep.ts';
import { type TestApp, testApp } from '../../../fixtures/app.ts';
import { testDatabase } from '../../../fixtures/database.ts';
import { githubHeaders } from '../../../fixtures/signing.ts';
import {
  deliveries,
  insertWebhook,
  request,
  SECRET,
  tasksOf,
  testHooks,
} from '../../../fixtures/webhooks-in.ts';

function contextOf({ app }: TestApp): TriggerContext {
  const log = createLog('silent');
  return {
    pool: app.store.pool,
    tasks: app.tasks,
    pubsub: createInProcessPubSub(log),
    outgoingAllow: NOTHING_ALLOWED,
    log,
  };
}

test('100 copies of one webhook at the same moment, to two instances, create one task, and all answers have its id', async () => {
  await using database = await testDatabase();
  await using one = await testApp({ databaseUrl: database.url, work: false });
  await using other = await testApp({ databaseUrl: database.url, work: false });
  const contexts = [contextOf(one), contextOf(other)] as const;
  await insertWebhook(one.app.store.pool, { path: 'github', verify: 'github' });
  await insertWebhook(one.app.store.pool, { path: 'plain' });
  const body = Buffer.from('{"action":"opened"}');
  for (const [path, headers] of [
    ['github', await githubHeaders(SECRET, body)],
    ['plain', { 'x-webhook-secret': SECRET }],
  ] as const) {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        receiveWebhook(contexts[i % 2 === 0 ? 0 : 1], request(body, { path, headers })),
      ),
    );
    const verdicts = answers.map(({ verdict }) => verdict).sort();
    expect(verdicts).toEqual(['accepted', ...Array(99).fill('duplicate')]);
    expect(new Set(answers.map(({ taskId }) => taskId)).size).toBe(1);
    expect(new Set(answers.map(({ deliveryId }) => deliveryId)).size).toBe(100);
    expect(answers[0]?.taskId).toMatch(/^task_/);
  }
  expect(await tasksOf(one.app.store.pool)).toHaveLength(2);
  const rows = await deliveries(one.app.store.pool);
  expect(rows).toHaveLength(200);
  const firsts = rows.filter(({ verdict }) => verdict === 'accepted');
  for (const row of rows.filter(({ verdict }) => verdict === 'duplicate')) {
    const first = firsts.find(({ id }) => id === row.duplicate_of);
    expect(first?.task_id).toBe(row.task_id);
  }
});

test('a webhook that comes again later is the same; the same body under another id is another', async () => {
  await using hooks = await testHooks();
  await insertWebhook(hooks.pool, { verify: 'github' });
  const body = Buffer.from('{}');
  const send = async (id: string) =>
    receiveWebhook(hooks.context, request(body, { headers: await githubHeaders(SECRET, body, id) }));
  const first = await send('a');
  await hooks.pool.query("update deliveries set created_at = created_at - interval '30 days'");
  expect(await send('a')).toMatchObject({ verdict: 'duplicate', taskId: first.taskId });
  expect(await send('b')).toMatchObject({ verdict: 'accepted' });
  expect(await tasksOf(hooks.pool)).toHaveLength(2);
});

test('without an id an equal body is a duplicate within dedupeSeconds, and never if that is 0', async () => {
  await using hooks = await testHooks();
  await insertWebhook(hooks.pool, { dedupeSeconds: 60 });
  await insertWebhook(hooks.pool, { path: 'never', dedupeSeconds: 0 });
  const send = (path: string, body: unknown) => receiveWebhook(hooks.context, request(body, { path }));
  const first = await send('hook', { a: 1 });
  expect(await send('hook', { a: 1 })).toMatchObject({ verdict: 'duplicate', taskId: first.taskId });
  expect(await send('hook', { a: 2 })).toMatchObject({ verdict: 'accepted' });
  // Counted from the first one: repetitions do not make it longer.
  await hooks.pool.query(
    "update deliveries set created_at = created_at - interval '61 seconds' where verdict = 'accepted'",
  );
  expect(await send('hook', { a: 1 })).toMatchObject({ verdict: 'accepted' });
  expect(await send('never', { a: 1 })).toMatchObject({ verdict: 'accepted' });
  expect(await send('never', { a: 1 })).toMatchObject({ verdict: 'accepted' });
});

test('a copy of a filtered one is a duplicate without a task, and a copy of a refused one is processed again', async () => {
  await using hooks = await testHooks();
  await insertWebhook(hooks.pool, { when: 'body.wanted' });
  const send = (headers?: Record<string, string>) =>
    receiveWebhook(hooks.context, request({ wanted: false }, headers === undefined ? {} : { headers }));
  await expect(send({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await send()).toMatchObject({ verdict: 'filtered' });
  expect(await send()).toMatchObject({ verdict: 'duplicate', taskId: null });
});

/** As a process leaves it that put it on record and was killed: claimed, and never decided. */
async function leftBehind(
  hooks: { pool: TriggerContext['pool'] },
  triggerId: string,
  claimedFor = '-1 second',
) {
  const [id, taskId] = [newId('delivery'), newId('task')];
  await hooks.pool.query(
    `insert into deliveries (id, direction, trigger_id, key, body_hash, verdict, headers, query, body, task_id, claimed_until)
     values ($1, 'in', $2, 'k1', 'x', 'received', '{"content-type":"application/json"}', '{}', '{"a":1}', $3, now() + $4::interval)`,
    [id, triggerId, taskId, claimedFor],
  );
  return { id, taskId };
}

test('a delivery whose process crashed before its task was created gets that task, once, from another process', async () => {
  await using hooks = await testHooks();
  const triggerId = await insertWebhook(hooks.pool, { title: 'A {{ body.a }}' });
  const left = await leftBehind(hooks, triggerId);
  const counts = await Promise.all(Array.from({ length: 5 }, () => sweepDeliveries(hooks.context)));
  expect(counts.reduce((sum, count) => sum + count)).toBe(1);
  expect(await tasksOf(hooks.pool)).toMatchObject([{ id: left.taskId, title: 'A 1' }]);
  expect(await deliveries(hooks.pool)).toMatchObject([{ verdict: 'accepted', task_id: left.taskId }]);
});

test('a delivery whose process crashed after its task was created is accepted, and no second task is created', async () => {
  await using hooks = await testHooks();
  const triggerId = await insertWebhook(hooks.pool);
  const left = await leftBehind(hooks, triggerId);
  await sweepDeliveries(hooks.context);
  await hooks.pool.query(
    "update deliveries set verdict = 'received', claimed_until = null, decided_at = null",
  );
  expect(await sweepDeliveries(hooks.context)).toBe(1);
  expect(await deliveries(hooks.pool)).toMatchObject([{ verdict: 'accepted', task_id: left.taskId }]);
  expect(await tasksOf(hooks.pool)).toHaveLength(1);
});

test('a delivery that was just stored is left to its process', async () => {
  await using hooks = await testHooks();
  await leftBehind(hooks, await insertWebhook(hooks.pool), '1 hour');
  expect(await sweepDeliveries(hooks.context)).toBe(0);
});

test('a delivery with an unexpected error is not retried for ever', async () => {
  await using hooks = await testHooks();
  const triggerId = await insertWebhook(hooks.pool);
  await leftBehind(hooks, triggerId);
  const broken: TriggerContext = {
    ...hooks.context,
    tasks: {
      ...hooks.context.tasks,
      writer: { ...hooks.context.tasks.writer, insert: () => Promise.reject(new Error('a bug')) },
    },
  };
  await sweepDeliveries(broken);
  expect(await deliveries(hooks.pool)).toMatchObject([
    { verdict: 'failed', reason: 'internal error; see the log' },
  ]);
});

test('an application decides the undecided deliveries of another', async () => {
  await using one = await testApp({ work: false });
  const { pool } = one.app.store;
  const left = await leftBehind({ pool }, await insertWebhook(pool));
  await retryFor(20_000, { firstDelayMs: 50, maxDelayMs: 200 }, async () => {
    expect(await tasksOf(pool)).toMatchObject([{ id: left.taskId }]);
  });
});

test('a copy that arrives before the first is decided gets no task id; a later copy gets it', async () => {
  await using hooks = await testHooks();
  const triggerId = await insertWebhook(hooks.pool, { verify: 'github' });
  const left = await leftBehind(hooks, triggerId);
  const body = Buffer.from('{"a":1}');
  const headers = await githubHeaders(SECRET, body, 'k1');
  const copy = receiveWebhook(hooks.context, request(body, { headers }));
  expect(await copy).toMatchObject({ verdict: 'duplicate', taskId: null });
  await sweepDeliveries(hooks.context);
  expect(await receiveWebhook(hooks.context, request(body, { headers }))).toMatchObject({
    verdict: 'duplicate',
    taskId: left.taskId,
  });
});

test('a statement cancelled by the database does not fail a delivery: the next run decides it', async () => {
  await using hooks = await testHooks();
  const left = await leftBehind(hooks, await insertWebhook(hooks.pool));
  const stopped = Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
  const busy: TriggerContext = {
    ...hooks.context,
    tasks: {
      ...hooks.context.tasks,
      writer: { ...hooks.context.tasks.writer, insert: () => Promise.reject(stopped) },
    },
  };
  await expect(sweepDeliveries(busy)).rejects.toThrow('statement timeout');
  expect(await deliveries(hooks.pool)).toMatchObject([{ verdict: 'received' }]);
  await hooks.pool.query("update deliveries set claimed_until = now() - interval '1 second'");
  await sweepDeliveries(hooks.context);
  expect(await deliveries(hooks.pool)).toMatchObject([{ verdict: 'accepted', task_id: left.taskId }]);
});

test('a delivery given up late, whose key the sender’s next try has taken, stays given up', async () => {
  await using hooks = await testHooks();
  const triggerId = await insertWebhook(hooks.pool);
  const first = await leftBehind(hooks, triggerId);
  await hooks.pool.query("update deliveries set verdict = 'failed'");
  const second = await leftBehind(hooks, triggerId);
  const decided = await decideIncoming(hooks.pool, first.id, { verdict: 'accepted', reason: null });
  expect(decided.verdict).toBe('failed');
  await sweepDeliveries(hooks.context);
  expect(await tasksOf(hooks.pool)).toMatchObject([{ id: second.taskId }]);
});
