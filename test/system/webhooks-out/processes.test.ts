import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { eventId } from '../../../src/domain/events.ts';
import { TASK_DEFAULTS } from '../../../src/domain/task.ts';
import { readLog } from '../../../src/store/events/log.ts';
import { createWebhookEndpoint } from '../../../src/webhooks-out/commands/create-endpoint.ts';
import { testDatabase } from '../../fixtures/database.ts';
import { type ErrandProcess, startErrand } from '../../fixtures/errand.ts';
import { startReceiver } from '../../fixtures/receiver.ts';
import { person } from '../../fixtures/tasks.ts';
import { type TestOutgoing, testOutgoing } from '../../fixtures/webhooks-out.ts';

const root = person('Root', 'admin');
const environment = { ERRAND_OUTGOING_ALLOW: '127.0.0.1', ERRAND_LOG_LEVEL: 'trace' };
const CREATE = `mutation ($title: String!) { createTask(input: { title: $title }) {
  ... on CreateTaskPayload { task { id } } ... on Error { message } } }`;

/** Makes tasks until the process is gone. */
async function makeTasks(errand: ErrandProcess, count: number): Promise<void> {
  for (let made = 0; made < count && !errand.hasEnded(); made += 10) {
    await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => errand.ask(CREATE, { title: `Task ${made + index}` })),
    );
  }
}

async function keysOfLog(observer: TestOutgoing): Promise<string[]> {
  const page = { filter: {}, after: 0n, upTo: 1_000_000n, limit: 10_000, fromEnd: false };
  return (await readLog(observer.pool, page))
    .filter(({ to }) => to !== null)
    .map(eventId)
    .sort();
}

test('processes are killed in the middle: each change arrives, under its one id, signed, and no secret is logged', async () => {
  await using database = await testDatabase();
  await using receiver = await startReceiver((_call, response) => setTimeout(() => response.end('ok'), 15));
  await using observer = await testOutgoing({ url: database.url, isDispatching: false, isSending: false });
  const { secret } = await createWebhookEndpoint(observer.context, root, { url: receiver.url });
  await using first = await startErrand('serve only', { databaseUrl: database.url, environment });
  await using second = await startErrand('serve only', { databaseUrl: database.url, environment });
  const making = [makeTasks(first, 300), makeTasks(second, 100)];
  await receiver.until(20);
  await first.kill();
  const callsAtFirst = receiver.received.length;
  await receiver.until(callsAtFirst + 20);
  await second.kill();
  await Promise.all(making);
  // What the dead were trying is free again when their claims run out: that much later, now.
  await observer.pool.query('update deliveries set claimed_until = now() where claimed_until > now()');
  await using third = await startErrand('serve only', { databaseUrl: database.url, environment });
  const keys = await keysOfLog(observer);
  await observer.until(
    (all) => all.length >= keys.length && all.every(({ verdict }) => verdict === 'delivered'),
  );
  const deliveries = await observer.deliveries();
  expect(deliveries.map(({ key }) => key).sort()).toEqual(keys);
  expect(keys.length).toBeGreaterThan(40);
  const arrived = receiver.received.map(({ headers }) => String(headers['webhook-id']));
  expect([...new Set(arrived)].sort()).toEqual(keys);
  // Only what was under way at a kill may have come twice: four tries to an endpoint, of each of the two.
  expect(arrived.length - keys.length).toBeLessThanOrEqual(8);
  const bodyOf = new Map<string, string>();
  for (const { headers, body } of receiver.received) {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    const id = String(headers['webhook-id']);
    expect(bodyOf.get(id) ?? body).toBe(body);
    bodyOf.set(id, body);
  }
  for (const { log } of [first, second, third]) {
    expect(log()).not.toContain(secret.slice('whsec_'.length, -1));
  }
}, 90_000);

test('SIGTERM lets a webhook under way arrive, and the process ends', async () => {
  await using database = await testDatabase();
  await using receiver = await startReceiver((_call, response) => setTimeout(() => response.end(), 500));
  await using observer = await testOutgoing({ url: database.url, isDispatching: false, isSending: false });
  await createWebhookEndpoint(observer.context, root, { url: receiver.url });
  await using errand = await startErrand('serve only', { databaseUrl: database.url, environment });
  await errand.ask(CREATE, { title: 'One' });
  await receiver.until(1);
  errand.signal('SIGTERM');
  expect(await errand.exited()).toBe(0);
  expect(await observer.deliveries()).toMatchObject([{ verdict: 'delivered', attempts: 1 }]);
}, 60_000);

test('a process that only executes tasks also sends webhooks', async () => {
  await using database = await testDatabase();
  await using receiver = await startReceiver();
  await using observer = await testOutgoing({ url: database.url, isDispatching: false, isSending: false });
  await createWebhookEndpoint(observer.context, root, { url: receiver.url, statuses: ['completed'] });
  await using _worker = await startErrand('worker', { databaseUrl: database.url, environment });
  const { insert } = observer.context.tasks.writer;
  await insert({
    ...TASK_DEFAULTS,
    id: 'task_01kavh8xa3f0ytqc2w4s0jxm7e',
    title: 'By the demo agent',
    source: 'api',
    createdBy: root.actor,
    actsFor: null,
    agent: 'assistant',
    parentId: null,
    retryOf: null,
    triggerId: null,
    reason: null,
    runId: null,
    data: null,
    idempotency: null,
  });
  const [call] = await receiver.until(1);
  expect(JSON.parse(call?.body ?? '')).toMatchObject({
    type: 'task.completed',
    data: { task: { title: 'By the demo agent', status: 'completed', result: expect.anything() } },
  });
}, 60_000);
