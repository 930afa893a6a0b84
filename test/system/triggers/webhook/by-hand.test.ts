import { expect, test } from 'vitest';
import { receiveWebhook } from '../../../../src/triggers/webhook/receive.ts';
import { redeliverIncoming } from '../../../../src/triggers/webhook/redeliver.ts';
import { fireWebhookTrigger } from '../../../../src/triggers/webhook/test-fire.ts';
import { githubHeaders } from '../../../fixtures/signing.ts';
import { person } from '../../../fixtures/tasks.ts';
import {
  deliveries,
  insertWebhook,
  request,
  SECRET,
  tasksOf,
  testHooks,
} from '../../../fixtures/webhooks-in.ts';

test('a delivery is redelivered by the condition and templates as they are now, with a task of its own', async () => {
  await using hooks = await testHooks();
  await insertWebhook(hooks.pool, { verify: 'github', when: 'body.a == 2', title: 'Old {{ body.a }}' });
  const body = Buffer.from('{"a":1}');
  const sent = request(body, { headers: await githubHeaders(SECRET, body, 'k1') });
  const original = await receiveWebhook(hooks.context, sent);
  expect(original.verdict).toBe('filtered');
  await hooks.pool.query(`update triggers set "when" = 'body.a == 1', title = 'New {{ body.a }}'`);

  const ada = person('Ada');
  const first = await redeliverIncoming(hooks.context, ada, { id: original.deliveryId });
  const second = await redeliverIncoming(hooks.context, ada, { id: original.deliveryId });
  expect(first).toMatchObject({
    verdict: 'accepted',
    reason: 'redelivered by hand: not verified again',
    redeliveryOf: original.deliveryId,
    redeliveredBy: ada.actor,
    key: 'k1',
    duplicateOf: null,
  });
  expect(second.taskId).not.toBe(first.taskId);
  expect(await tasksOf(hooks.pool)).toMatchObject([
    { id: first.taskId, title: 'New 1' },
    { id: second.taskId, title: 'New 1' },
  ]);
  const { rows } = await hooks.pool.query('select reason from task_events where task_id = $1', [
    first.taskId,
  ]);
  expect(rows).toEqual([{ reason: `delivery ${first.id}, ${original.deliveryId} again, by Ada` }]);
  // What was redelivered counts for no repetition: the sender's next copy is one of the original.
  expect(await receiveWebhook(hooks.context, sent)).toMatchObject({ verdict: 'duplicate', taskId: null });
});

test('a refused delivery can be redelivered, and is recorded as never verified', async () => {
  await using hooks = await testHooks();
  await insertWebhook(hooks.pool, { title: '{{ body.a }}' });
  await expect(receiveWebhook(hooks.context, request({ a: 'x' }, { headers: {} }))).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  const [refused] = await deliveries(hooks.pool);
  const again = await redeliverIncoming(hooks.context, person('Ada'), { id: refused?.id ?? '' });
  expect(again).toMatchObject({
    verdict: 'accepted',
    reason: 'redelivered by hand: not verified (it was refused)',
  });
  expect(await tasksOf(hooks.pool)).toMatchObject([{ title: 'x' }]);
});

test('a refused one whose body was cut is not redelivered', async () => {
  await using hooks = await testHooks();
  await insertWebhook(hooks.pool);
  const body = { a: 'x'.repeat(70_000) };
  await expect(receiveWebhook(hooks.context, request(body, { headers: {} }))).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  const [refused] = await deliveries(hooks.pool);
  await expect(
    redeliverIncoming(hooks.context, person('Ada'), { id: refused?.id ?? '' }),
  ).rejects.toMatchObject({
    code: 'VALIDATION',
    message: expect.stringContaining('too long to be stored whole'),
  });
});

test('redelivering and firing need the permission trigger.manage; a missing delivery or deleted trigger is NOT_FOUND', async () => {
  await using hooks = await testHooks();
  const id = await insertWebhook(hooks.pool);
  const { deliveryId } = await receiveWebhook(hooks.context, request({}));
  const agent = person('Bot', 'agent');
  const sample = { body: {} };
  await expect(redeliverIncoming(hooks.context, agent, { id: deliveryId })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  await expect(fireWebhookTrigger(hooks.context, agent, { id, sample })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  const ada = person('Ada');
  await expect(redeliverIncoming(hooks.context, ada, { id: 'dlv_x' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await expect(fireWebhookTrigger(hooks.context, ada, { id: 'trg_x', sample })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await hooks.pool.query('update triggers set deleted_at = now()');
  await expect(redeliverIncoming(hooks.context, ada, { id: deliveryId })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await expect(fireWebhookTrigger(hooks.context, ada, { id, sample })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(await deliveries(hooks.pool)).toHaveLength(1);
});

test('a trigger can be fired with a sample, also while it is paused; the delivery is recorded as a test', async () => {
  await using hooks = await testHooks();
  const id = await insertWebhook(hooks.pool, {
    when: 'headers["x-event"] == "push"',
    title: 'Push to {{ body.ref }}',
  });
  await hooks.pool.query('update triggers set paused_at = now()');
  const ada = person('Ada');
  const sample = { headers: { 'X-Event': 'push', 'X-Webhook-Secret': SECRET }, body: { ref: 'main' } };
  const fired = await fireWebhookTrigger(hooks.context, ada, { id, sample });
  expect(fired).toMatchObject({
    verdict: 'accepted',
    reason: 'test: fired by hand with a sample, not verified',
    headers: { 'x-event': 'push', 'content-type': 'application/json', 'x-webhook-secret': '[redacted]' },
    redeliveredBy: ada.actor,
    redeliveryOf: null,
  });
  expect(await tasksOf(hooks.pool)).toMatchObject([{ id: fired.taskId, title: 'Push to main' }]);

  const filtered = await fireWebhookTrigger(hooks.context, ada, { id, sample: { body: '{"ref":"main"}' } });
  expect(filtered).toMatchObject({
    verdict: 'filtered',
    reason:
      'test: fired by hand with a sample, not verified; the condition could not be evaluated: No such key: x-event',
  });
});

test('an invalid sample is refused with the field', async () => {
  await using hooks = await testHooks();
  const id = await insertWebhook(hooks.pool);
  const ada = person('Ada');
  const fire = (sample: unknown) =>
    fireWebhookTrigger(hooks.context, ada, { id, sample: sample as { body: unknown } });
  await expect(fire({ body: 'x'.repeat(1024 * 1024 + 1) })).rejects.toMatchObject({
    code: 'VALIDATION',
    details: { issues: [{ path: ['sample', 'body'] }] },
  });
  await expect(fire({ headers: { a: 1 }, body: {} })).rejects.toMatchObject({ code: 'VALIDATION' });
  expect(await fire({ headers: { 'content-type': 'application/json' }, body: '{"a":' })).toMatchObject({
    verdict: 'failed',
  });
});
