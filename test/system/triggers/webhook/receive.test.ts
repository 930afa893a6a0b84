import { describe, expect, test } from 'vitest';
import { receiveWebhook } from '../../../../src/triggers/webhook/receive.ts';
import { githubHeaders, slackHeaders, standardHeaders, stripeHeaders } from '../../../fixtures/signing.ts';
import {
  deliveries,
  insertWebhook,
  request,
  SECRET,
  tasksOf,
  testHooks,
} from '../../../fixtures/webhooks-in.ts';

const WHSEC = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OLD_WHSEC = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const seconds = (): number => Math.floor(Date.now() / 1000);
const json = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));

const PULL_REQUEST = {
  action: 'opened',
  number: 2,
  pull_request: {
    title: 'Update the README with new information.',
    html_url: 'https://github.com/octo/hello/pull/2',
  },
  repository: { full_name: 'octo/hello' },
};
const STRIPE_EVENT = {
  id: 'evt_1NG8Du2eZvKYlo2CUI79vXWy',
  object: 'event',
  type: 'payment_intent.succeeded',
  data: { object: { id: 'pi_1', amount: 2000, currency: 'usd' } },
};
const SLACK_EVENT = {
  type: 'event_callback',
  team_id: 'T123',
  event_id: 'Ev123ABC456',
  event: { type: 'app_mention', text: 'please <@U1> deploy' },
};

describe('a webhook', () => {
  test('of GitHub creates a task by its condition and templates, and is recorded without its secrets', async () => {
    await using hooks = await testHooks();
    const triggerId = await insertWebhook(hooks.pool, {
      verify: 'github',
      name: 'github',
      when: 'body.action == "opened" && headers["x-github-event"] == "pull_request"',
      title: 'Review {{ body.pull_request.title }}',
      description: '{{ body.pull_request.html_url }} ({{ query.team }}, {{ delivery.id }})',
      agent: 'assistant',
    });
    const body = json(PULL_REQUEST);
    const headers = {
      ...(await githubHeaders(SECRET, body)),
      authorization: 'Bearer xyz',
      cookie: 'a=b',
      'x-api-key': 'k',
    };
    const received = await receiveWebhook(
      hooks.context,
      request(body, { headers, query: { team: 'a', token: 't' } }),
    );
    expect(received).toEqual({
      deliveryId: expect.stringMatching(/^dlv_/),
      taskId: expect.stringMatching(/^task_/),
      verdict: 'accepted',
    });

    expect(await tasksOf(hooks.pool)).toMatchObject([
      {
        id: received.taskId,
        title: 'Review Update the README with new information.',
        description: `https://github.com/octo/hello/pull/2 (a, ${received.deliveryId})`,
        source: 'webhook',
        trigger_id: triggerId,
        created_by: { kind: 'system', id: triggerId },
      },
    ]);
    const [row] = await deliveries(hooks.pool);
    expect(row).toMatchObject({
      id: received.deliveryId,
      verdict: 'accepted',
      reason: null,
      key: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      task_id: received.taskId,
      query: { team: 'a', token: '[redacted]' },
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'pull_request',
        'x-hub-signature-256': '[redacted]',
        authorization: '[redacted]',
        cookie: '[redacted]',
        'x-api-key': '[redacted]',
      },
    });
    expect(row?.body).toEqual(body);
  });

  test('of Stripe, Slack and Standard Webhooks makes a task; the sender’s id is its key', async () => {
    await using hooks = await testHooks();
    await insertWebhook(hooks.pool, {
      path: 'stripe',
      verify: 'stripe',
      title: '{{ body.type }} {{ body.data.object.amount }}',
    });
    await insertWebhook(hooks.pool, { path: 'slack', verify: 'slack', title: '{{ body.event.text }}' });
    await insertWebhook(hooks.pool, {
      path: 'standard',
      verify: 'standard',
      secrets: [WHSEC],
      title: '{{ body.type }}',
    });
    const send = (path: string, body: unknown, headers: Record<string, string>) =>
      receiveWebhook(hooks.context, request(json(body), { path, headers }));
    await send('stripe', STRIPE_EVENT, await stripeHeaders([SECRET], json(STRIPE_EVENT), seconds()));
    await send('slack', SLACK_EVENT, await slackHeaders(SECRET, json(SLACK_EVENT), seconds()));
    await send(
      'standard',
      { type: 'user.created' },
      await standardHeaders(WHSEC, json({ type: 'user.created' }), seconds()),
    );
    expect((await tasksOf(hooks.pool)).map(({ title }) => title)).toEqual([
      'payment_intent.succeeded 2000',
      'please <@U1> deploy',
      'user.created',
    ]);
    expect((await deliveries(hooks.pool)).map(({ key }) => key)).toEqual([
      'evt_1NG8Du2eZvKYlo2CUI79vXWy',
      'Ev123ABC456',
      'msg_1',
    ]);
  });

  test('of Slack that asks whether the address is ours is answered, and makes no task', async () => {
    await using hooks = await testHooks();
    await insertWebhook(hooks.pool, { verify: 'slack' });
    const body = json({
      token: 'x',
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
      type: 'url_verification',
    });
    const received = await receiveWebhook(
      hooks.context,
      request(body, { headers: await slackHeaders(SECRET, body, seconds()) }),
    );
    expect(received).toMatchObject({
      verdict: 'filtered',
      taskId: null,
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
    });
    expect(await tasksOf(hooks.pool)).toEqual([]);
  });

  test('of GitHub that is a handshake (ping) creates no task', async () => {
    await using hooks = await testHooks();
    await insertWebhook(hooks.pool, { verify: 'github' });
    const body = json({ zen: 'Keep it logically awesome.', hook_id: 1 });
    const headers = { ...(await githubHeaders(SECRET, body)), 'x-github-event': 'ping' };
    expect(await receiveWebhook(hooks.context, request(body, { headers }))).toMatchObject({
      verdict: 'filtered',
    });
    expect(await tasksOf(hooks.pool)).toEqual([]);
  });

  test('is taken with the old and the new secret while one replaces the other, and no longer with a third', async () => {
    await using hooks = await testHooks();
    await insertWebhook(hooks.pool, { verify: 'standard', secrets: [WHSEC, OLD_WHSEC] });
    const send = async (secret: string, id: string) =>
      receiveWebhook(
        hooks.context,
        request('{}', { headers: await standardHeaders(secret, Buffer.from('{}'), seconds(), id) }),
      );
    expect(await send(OLD_WHSEC, 'msg_1')).toMatchObject({ verdict: 'accepted' });
    expect(await send(WHSEC, 'msg_2')).toMatchObject({ verdict: 'accepted' });
    await expect(send('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'msg_3')).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  test('that its condition does not want is filtered, with the reason', async () => {
    await using hooks = await testHooks();
    await insertWebhook(hooks.pool, { when: 'body.action == "opened"' });
    const send = (body: unknown) => receiveWebhook(hooks.context, request(body));
    expect(await send({ action: 'closed' })).toMatchObject({ verdict: 'filtered', taskId: null });
    expect(await send({ other: 1 })).toMatchObject({ verdict: 'filtered', taskId: null });
    expect(await send('null')).toMatchObject({ verdict: 'filtered' });
    expect(await send({ action: 'opened' })).toMatchObject({ verdict: 'accepted' });
    expect((await deliveries(hooks.pool)).map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ['filtered', 'the condition is false'],
      ['filtered', 'the condition could not be evaluated: No such key: action'],
      ['filtered', expect.stringContaining('could not be evaluated')],
      ['accepted', null],
    ]);
    expect(await tasksOf(hooks.pool)).toHaveLength(1);
  });

  test('of a paused trigger is accepted and recorded, and creates no task', async () => {
    await using hooks = await testHooks();
    const id = await insertWebhook(hooks.pool);
    await hooks.pool.query(
      "update triggers set paused_at = now(), pause_reason = 'the release' where id = $1",
      [id],
    );
    expect(await receiveWebhook(hooks.context, request({}))).toMatchObject({
      verdict: 'filtered',
      taskId: null,
    });
    expect(await deliveries(hooks.pool)).toMatchObject([
      { verdict: 'filtered', reason: 'the trigger is paused: the release' },
    ]);
  });

  test('of a trigger without verification is recorded as not verified', async () => {
    await using hooks = await testHooks();
    await insertWebhook(hooks.pool, { verify: 'none', secrets: [], when: 'body.a == 1' });
    await receiveWebhook(hooks.context, request({ a: 1 }, { headers: {} }));
    await receiveWebhook(hooks.context, request({ a: 2 }, { headers: {} }));
    expect((await deliveries(hooks.pool)).map(({ reason }) => reason)).toEqual([
      'not verified: the trigger accepts any sender (verify none)',
      'not verified: the trigger accepts any sender (verify none); the condition is false',
    ]);
  });

  test('that holds what no database takes still makes a task', async () => {
    await using hooks = await testHooks();
    await insertWebhook(hooks.pool, { title: '{{ body.a }}!', description: '{{ body.b }}' });
    await receiveWebhook(
      hooks.context,
      request('{"a":"x\\u0000\\ud800\\u001b","b":"\\u0000"}', { query: { 'n\u0000': '\ud800\u0000' } }),
    );
    expect(await tasksOf(hooks.pool)).toMatchObject([{ title: 'x\ufffd!', description: '' }]);
  });
});
