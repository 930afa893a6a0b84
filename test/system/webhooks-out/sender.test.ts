import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { readEndpoints } from '../../../src/store/endpoints/endpoints.ts';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { createWebhookEndpoint } from '../../../src/webhooks-out/commands/create-endpoint.ts';
import { redeliverOutgoing } from '../../../src/webhooks-out/commands/redeliver.ts';
import { updateWebhookEndpoint } from '../../../src/webhooks-out/commands/update-endpoint.ts';
import { type Received, startReceiver } from '../../fixtures/receiver.ts';
import { person } from '../../fixtures/tasks.ts';
import { NOTHING_ALLOWED, type TestOutgoing, testOutgoing } from '../../fixtures/webhooks-out.ts';

const root = person('Root', 'admin');
const ada = person('Ada');

function verified(secret: string, { body, headers }: Received): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

async function tell(app: TestOutgoing, count = 1): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, index) =>
      createTask(app.context.tasks, ada, { title: `Task ${index}` }),
    ),
  );
}

const endpointOf = async (app: TestOutgoing, id: string) => (await readEndpoints(app.pool, [id]))[0];
const are =
  (verdict: string, count = 1) =>
  (all: { verdict: string }[]) =>
    all.filter((one) => one.verdict === verdict).length === count;

test('a delivery is signed as in Standard Webhooks, and the attempt is recorded', async () => {
  await using receiver = await startReceiver((_call, response) => response.end('thanks\u0000!'));
  await using app = await testOutgoing();
  const { secret } = await createWebhookEndpoint(app.context, root, { url: `${receiver.url}/hooks?a=1` });
  await tell(app);
  const [delivery] = await app.until(are('delivered'));
  const [call] = receiver.received;
  if (!call || !delivery) throw new Error('nothing came');
  expect(call).toMatchObject({ method: 'POST', url: '/hooks?a=1', body: delivery.body.toString() });
  expect(call.headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': 'Errand',
    'webhook-id': delivery.key,
  });
  expect(verified(secret, call)).toMatchObject({ type: 'task.created', data: { task: { title: 'Task 0' } } });
  expect(() => verified(`whsec_${Buffer.alloc(32).toString('base64')}`, call)).toThrow();
  expect(delivery).toMatchObject({
    attempts: 1,
    reason: null,
    decidedAt: expect.any(Date),
    nextAttemptAt: null,
  });
  expect(await app.attempts(delivery.id)).toEqual([
    { number: 1, status: 200, error: null, response: 'thanks\ufffd!' },
  ]);
});

test('what fails is tried again on the schedule, the same id and bytes each time, until it is taken', async () => {
  const answers = [500, 302, 'cut', 204];
  await using target = await startReceiver();
  await using receiver = await startReceiver((_call, response) => {
    const answer = answers.shift();
    if (typeof answer === 'number') response.writeHead(answer, { location: target.url }).end('so');
    else response.destroy();
  });
  await using app = await testOutgoing({ schedule: [30, 30, 30, 30] });
  const { endpoint, secret } = await createWebhookEndpoint(app.context, root, { url: receiver.url });
  await tell(app);
  const [delivery] = await app.until(are('delivered'));
  expect(await app.attempts(delivery?.id ?? '')).toEqual([
    { number: 1, status: 500, error: 'receiver answered 500', response: 'so' },
    { number: 2, status: 302, error: 'receiver answered 302; redirects are not followed', response: 'so' },
    { number: 3, status: null, error: expect.stringMatching(/^connection: /), response: null },
    { number: 4, status: 204, error: null, response: null },
  ]);
  expect(delivery?.attempts).toBe(4);
  expect(receiver.received).toHaveLength(4);
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(
    new Set([delivery?.key]),
  );
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  for (const call of receiver.received) verified(secret, call);
  expect(target.connections()).toBe(0);
  await app.until(() => true);
  expect((await endpointOf(app, endpoint.id))?.failingSince).toBeNull();
});

test('after the last try it has failed, with how it went', async () => {
  await using receiver = await startReceiver((_call, response) => response.writeHead(400).end('no'));
  await using app = await testOutgoing({ schedule: [10, 10] });
  const { endpoint } = await createWebhookEndpoint(app.context, root, { url: receiver.url });
  await tell(app);
  const [delivery] = await app.until(are('failed'));
  expect(delivery).toMatchObject({
    attempts: 3,
    reason: '3 attempts failed; last error: receiver answered 400',
    nextAttemptAt: null,
  });
  expect(receiver.received).toHaveLength(3);
  expect((await endpointOf(app, endpoint.id))?.failingSince).toBeInstanceOf(Date);
});

test('the standard schedule waits five seconds after the first try, and longer when the receiver asks', async () => {
  await using receiver = await startReceiver(({ url }, response) =>
    response.writeHead(url === '/busy' ? 429 : 500, { 'retry-after': '7200' }).end(),
  );
  await using app = await testOutgoing();
  await createWebhookEndpoint(app.context, root, { url: receiver.url });
  const busy = await createWebhookEndpoint(app.context, root, { url: `${receiver.url}/busy` });
  await tell(app);
  const all = await app.until((found) => found.filter(({ attempts }) => attempts === 1).length === 2);
  const { rows } = await app.pool.query<{ endpoint_id: string; wait: number }>(
    `select d.endpoint_id, extract(epoch from d.next_attempt_at - a.at)::float8 as wait
      from deliveries d join delivery_attempts a on a.delivery_id = d.id`,
  );
  expect(all).toHaveLength(2);
  for (const { endpoint_id, wait } of rows) {
    const least = endpoint_id === busy.endpoint.id ? 7_200 : 4.5;
    expect(wait).toBeGreaterThanOrEqual(least);
    expect(wait).toBeLessThan(endpoint_id === busy.endpoint.id ? 7_210 : 15);
  }
});

test('for a delivery due after the next poll the scheduler sets a wake-up', async () => {
  await using receiver = await startReceiver((_call, response) => response.writeHead(500).end());
  await using app = await testOutgoing({ schedule: [3_600_000] });
  await createWebhookEndpoint(app.context, root, { url: receiver.url });
  await tell(app);
  while (app.wakeUps.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const [delivery] = await app.deliveries();
  expect(Math.abs((app.wakeUps[0]?.getTime() ?? 0) - (delivery?.nextAttemptAt?.getTime() ?? 0))).toBeLessThan(
    5_000,
  );
});

test('an endpoint that answers 410 is switched off, and its pending deliveries are cancelled', async () => {
  let isGone = false;
  await using receiver = await startReceiver((_call, response) =>
    response.writeHead(isGone ? 410 : 500).end(),
  );
  await using app = await testOutgoing({ schedule: [3_600_000] });
  const { endpoint } = await createWebhookEndpoint(app.context, root, { url: receiver.url });
  await tell(app);
  const [waiting] = await app.until((all) => all[0]?.attempts === 1);
  isGone = true;
  await tell(app);
  const all = await app.until((found) => found.length === 2 && are('pending', 0)(found));
  expect(all).toMatchObject([
    {
      id: waiting?.id,
      verdict: 'cancelled',
      reason: 'the endpoint was switched off: receiver answered 410 Gone',
    },
    { verdict: 'failed', reason: 'receiver answered 410 Gone' },
  ]);
  expect(await endpointOf(app, endpoint.id)).toMatchObject({
    disabledAt: expect.any(Date),
    disabledReason: 'receiver answered 410 Gone',
  });
});

test('an endpoint without success for five days is switched off; one successful attempt restarts the five days', async () => {
  let status = 500;
  await using receiver = await startReceiver((_call, response) => response.writeHead(status).end());
  await using app = await testOutgoing({ schedule: [3_600_000] });
  const { endpoint } = await createWebhookEndpoint(app.context, root, { url: receiver.url });
  const agedBy = (time: string) =>
    app.pool.query(
      `update webhook_endpoints set failing_since = failing_since - $1::interval where failing_since is not null`,
      [time],
    );
  await tell(app);
  await app.until((all) => all[0]?.attempts === 1);
  while ((await agedBy('4 days 23 hours')).rowCount === 0);
  await tell(app);
  await app.until((all) => all.every(({ attempts }) => attempts === 1) && all.length === 2);
  status = 200;
  await tell(app);
  await app.until(are('delivered'));
  while ((await endpointOf(app, endpoint.id))?.failingSince !== null);
  status = 500;
  await tell(app);
  await app.until((all) => all.length === 4 && all.every(({ attempts }) => attempts === 1));
  while ((await agedBy('5 days')).rowCount === 0);
  expect((await endpointOf(app, endpoint.id))?.disabledAt).toBeNull();
  await tell(app);
  await app.until(are('pending', 0));
  expect(await endpointOf(app, endpoint.id)).toMatchObject({
    disabledReason: 'no successful attempt for 5 days; last error: receiver answered 500',
  });
});

test('a URL that leads to a private address is not called, however it was saved', async () => {
  await using receiver = await startReceiver();
  await using app = await testOutgoing({ allow: NOTHING_ALLOWED, schedule: [] });
  await createWebhookEndpoint(app.context, root, { url: receiver.url });
  await tell(app);
  const [delivery] = await app.until(are('failed'));
  expect(delivery?.reason).toContain('not called: the URL must not point to 127.0.0.1');
  expect(receiver.connections()).toBe(0);
});

test('a redelivery keeps the id and bytes, continues the numbers of attempts, and records who asked for it', async () => {
  await using receiver = await startReceiver();
  await using app = await testOutgoing();
  await createWebhookEndpoint(app.context, root, { url: receiver.url });
  await tell(app);
  const [first] = await app.until(are('delivered'));
  const again = await redeliverOutgoing(app.context, root, { id: first?.id ?? '' });
  expect(again).toMatchObject({ id: first?.id, key: first?.key, verdict: 'pending', attempts: 0 });
  const [second] = await app.until(are('delivered'));
  expect(second).toMatchObject({ id: first?.id, attempts: 1, redeliveredBy: root.actor });
  expect(receiver.received).toHaveLength(2);
  expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
  expect(receiver.received[1]?.headers['webhook-id']).toBe(receiver.received[0]?.headers['webhook-id']);
  expect((await app.attempts(first?.id ?? '')).map(({ number }) => number)).toEqual([1, 2]);
  await expect(redeliverOutgoing(app.context, root, { id: 'dlv_nothing' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('an endpoint that never answers does not delay others', async () => {
  await using slow = await startReceiver(() => undefined);
  await using quick = await startReceiver();
  await using app = await testOutgoing({ times: { tryMs: 25_000 } });
  await createWebhookEndpoint(app.context, root, { url: slow.url });
  await createWebhookEndpoint(app.context, root, { url: quick.url });
  await tell(app, 40);
  await app.until(are('delivered', 40));
  expect(quick.received).toHaveLength(40);
  expect(slow.received.length).toBe(4);
});

test('two instances send each delivery once', async () => {
  await using receiver = await startReceiver((_call, response) => setTimeout(() => response.end(), 5));
  await using first = await testOutgoing();
  await using _second = await testOutgoing({ url: first.url });
  await createWebhookEndpoint(first.context, root, { url: receiver.url });
  await tell(first, 120);
  const all = await first.until(are('delivered', 120));
  expect(receiver.received).toHaveLength(120);
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(120);
  expect(all.every(({ attempts }) => attempts === 1)).toBe(true);
});

test('while one secret replaces the other it is signed with both', async () => {
  await using receiver = await startReceiver();
  await using app = await testOutgoing();
  const { endpoint, secret: old } = await createWebhookEndpoint(app.context, root, { url: receiver.url });
  const { secret } = await updateWebhookEndpoint(app.context, root, { id: endpoint.id, rotateSecret: true });
  await tell(app);
  const [both] = await receiver.until(1);
  if (!both) throw new Error('nothing came');
  verified(old, both);
  verified(secret ?? '', both);
  await updateWebhookEndpoint(app.context, root, { id: endpoint.id, dropOldSecret: true });
  await tell(app);
  const [, one] = await receiver.until(2);
  if (!one) throw new Error('nothing came');
  verified(secret ?? '', one);
  expect(() => verified(old, one)).toThrow();
});

test('no secret is kept with a delivery or its tries', async () => {
  await using receiver = await startReceiver((call, response) =>
    response.writeHead(500).end(JSON.stringify(call.headers)),
  );
  await using app = await testOutgoing({ schedule: [] });
  const { secret } = await createWebhookEndpoint(app.context, root, { url: receiver.url });
  await tell(app);
  await app.until(are('failed'));
  const { rows } = await app.pool.query(
    `select d::text || convert_from(d.body, 'UTF8') || a::text as kept
      from deliveries d join delivery_attempts a on a.delivery_id = d.id`,
  );
  expect(rows[0]?.kept).toContain('webhook-signature');
  expect(rows[0]?.kept).not.toContain(secret.slice('whsec_'.length, -1));
});

test('cancelled while it is tried, and taken all the same, it counts as delivered; otherwise it stays cancelled', async () => {
  const waiting: (() => void)[] = [];
  let status = 200;
  await using receiver = await startReceiver((_call, response) =>
    waiting.push(() => response.writeHead(status).end()),
  );
  await using app = await testOutgoing();
  const { endpoint } = await createWebhookEndpoint(app.context, root, { url: receiver.url });
  const off = () => updateWebhookEndpoint(app.context, root, { id: endpoint.id, enabled: false });
  await tell(app);
  await receiver.until(1);
  await off();
  expect(await app.deliveries()).toMatchObject([{ verdict: 'cancelled' }]);
  waiting.shift()?.();
  await app.until(are('delivered'));
  await updateWebhookEndpoint(app.context, root, { id: endpoint.id, enabled: true });
  status = 500;
  await tell(app);
  await receiver.until(2);
  await off();
  waiting.shift()?.();
  const [, second] = await app.until((all) => all[1]?.attempts === 1);
  expect(second).toMatchObject({ verdict: 'cancelled', reason: 'the endpoint was switched off by Root' });
});

test('a stopping process lets an attempt end within the grace period', async () => {
  await using receiver = await startReceiver((_call, response) => setTimeout(() => response.end(), 200));
  await using app = await testOutgoing();
  await createWebhookEndpoint(app.context, root, { url: receiver.url });
  await tell(app);
  await receiver.until(1);
  await app.sender?.stop(10_000);
  expect(await app.deliveries()).toMatchObject([{ verdict: 'delivered', attempts: 1 }]);
});

test('an attempt that does not end within the grace period is aborted, recorded, and retried by another process at once', async () => {
  let isAnswering = false;
  await using receiver = await startReceiver((_call, response) => {
    if (isAnswering) response.end();
  });
  await using first = await testOutgoing();
  await createWebhookEndpoint(first.context, root, { url: receiver.url });
  await tell(first);
  await receiver.until(1);
  await first.sender?.stop(0);
  const [delivery] = await first.deliveries();
  expect(delivery).toMatchObject({ verdict: 'pending', attempts: 0 });
  expect(await first.attempts(delivery?.id ?? '')).toMatchObject([
    { number: 1, status: null, error: 'aborted: the process is stopping' },
  ]);
  isAnswering = true;
  await using _second = await testOutgoing({ url: first.url });
  expect(await first.until(are('delivered'))).toMatchObject([{ attempts: 1 }]);
});

test('a process whose claim expired records its attempt and leaves the rest to the new holder', async () => {
  const waiting: (() => void)[] = [];
  await using receiver = await startReceiver((_call, response) =>
    waiting.push(() => response.writeHead(500).end()),
  );
  await using first = await testOutgoing({ times: { claimMs: 200 }, schedule: [] });
  await createWebhookEndpoint(first.context, root, { url: receiver.url });
  await tell(first);
  await receiver.until(1);
  await using _second = await testOutgoing({ url: first.url, isDispatching: false, times: { pollMs: 50 } });
  await receiver.until(2);
  waiting[0]?.();
  while ((await first.attempts((await first.deliveries())[0]?.id ?? '')).length < 1);
  expect(await first.deliveries()).toMatchObject([{ verdict: 'pending', attempts: 0 }]);
  waiting[1]?.();
  const [delivery] = await first.until((all) => all[0]?.attempts === 1);
  expect((await first.attempts(delivery?.id ?? '')).map(({ status }) => status)).toEqual([500, 500]);
});

test('a redelivery asked for during a try is not lost with it', async () => {
  const waiting: (() => void)[] = [];
  let status = 500;
  await using receiver = await startReceiver((_call, response) =>
    waiting.push(() => response.writeHead(status).end()),
  );
  await using app = await testOutgoing({ schedule: [] });
  await createWebhookEndpoint(app.context, root, { url: receiver.url });
  await tell(app);
  await receiver.until(1);
  const [delivery] = await app.deliveries();
  await redeliverOutgoing(app.context, root, { id: delivery?.id ?? '' });
  // The only try of the schedule fails now; the redelivery has one of its own.
  waiting.shift()?.();
  await receiver.until(2);
  status = 200;
  waiting.shift()?.();
  await app.until(are('delivered'));
});
