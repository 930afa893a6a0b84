import { expect, test } from 'vitest';
import { newId } from '../../../src/core/ids.ts';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { type TestApi, testApi } from '../../fixtures/graphql-api.ts';
import { cronTrigger, endpoint, incoming, outgoing, webhookTrigger } from '../../fixtures/trigger-rows.ts';

type Input = Readonly<Record<string, unknown>>;

/** What each payload is asked for. */
const PAYLOADS = {
  createCronTrigger: 'trigger { id name origin agent { name } nextDueAt }',
  createWebhookTrigger: 'secret trigger { id name urlPath hasSecret }',
  updateTrigger: 'trigger { id name title agent { name } }',
  pauseTrigger: 'trigger { id pausedAt pausedBy { name } pauseReason }',
  resumeTrigger: 'trigger { id pausedAt pausedBy { name } pauseReason }',
  deleteTrigger: 'trigger { id deletedAt isEditable }',
  fireTrigger:
    'trigger { id } occurrence { id kind outcome firedBy { name } reason } delivery { id verdict reason redeliveredBy { name } } task { id title source trigger { id } }',
  redeliver:
    'delivery { id verdict redeliveredBy { name } ... on IncomingDelivery { redeliveryOf { id } } ... on OutgoingDelivery { attempts } }',
  createWebhookEndpoint: 'secret endpoint { id url statuses }',
  updateWebhookEndpoint: 'secret endpoint { id description disabledAt disabledReason secretCount }',
  deleteWebhookEndpoint: 'endpoint { id deletedAt }',
} as const;
type Name = keyof typeof PAYLOADS;
const NAMES = Object.keys(PAYLOADS) as Name[];

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes, and fail where one is not there
async function mutate(api: TestApi, name: Name, input: Input, key = 'admin'): Promise<any> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const { data, errors } = await api.ask(
    `mutation ($input: ${type}Input!) { ${name}(input: $input) { __typename
      ... on ${type}Payload { ${PAYLOADS[name]} }
      ... on Error { code message ... on ValidationError { issues { path message } } } } }`,
    { input },
    key,
  );
  expect(errors, name).toBeUndefined();
  return data[name];
}

const CRON = { name: 'nightly', cron: '0 2 * * mon-fri', title: 'Report for {{ scheduled_at }}' };
const WEBHOOK = { name: 'github', path: 'github', verify: 'GITHUB', title: 'Review {{ body.title }}' };
const ENDPOINT = { url: 'https://hooks.invalid/errand' };

/** An input that is taken, of what is made for it beforehand. */
const INPUTS: Record<Name, (api: TestApi) => Promise<Input>> = {
  createCronTrigger: async () => CRON,
  createWebhookTrigger: async () => WEBHOOK,
  updateTrigger: async ({ pool }) => ({ id: await cronTrigger(pool), title: 'another' }),
  pauseTrigger: async ({ pool }) => ({ id: await cronTrigger(pool), reason: 'holidays' }),
  resumeTrigger: async ({ pool }) => ({ id: await cronTrigger(pool, { paused_at: '2026-11-25T12:00:00Z' }) }),
  deleteTrigger: async ({ pool }) => ({ id: await webhookTrigger(pool) }),
  fireTrigger: async ({ pool }) => ({ id: await cronTrigger(pool), reason: 'to see' }),
  redeliver: async ({ pool }) => ({ id: await incoming(pool, await webhookTrigger(pool), HASHED) }),
  createWebhookEndpoint: async () => ENDPOINT,
  updateWebhookEndpoint: async ({ pool }) => ({ id: await endpoint(pool), description: 'of the team' }),
  deleteWebhookEndpoint: async ({ pool }) => ({ id: await endpoint(pool) }),
};

/** A body with the hash that is kept beside it. */
const HASHED = {
  body: '{"title":"x"}',
  body_hash: '27503c8b55d6cdd9256053d7f84ead30d502467a1ed11f64071aa34c3a1d0e25',
};

test('each role has exactly the permissions of the table', async () => {
  await using api = await testApi();
  const may: Record<string, string[]> = {};
  for (const role of ['viewer', 'agent', 'member', 'admin']) {
    const allowed: string[] = [];
    for (const name of NAMES) {
      await api.pool.query(`update triggers set deleted_at = now() where name in ('nightly', 'github')`);
      const result = await mutate(api, name, await INPUTS[name](api), role);
      if (result.code !== 'FORBIDDEN') {
        expect(result.code, `${name} as ${role}: ${result.message}`).toBeUndefined();
        allowed.push(name);
      }
    }
    may[role] = allowed;
  }
  expect(may).toEqual({
    viewer: [],
    agent: [],
    member: NAMES.filter((name) => !name.endsWith('Endpoint')),
    admin: NAMES,
  });
});

test('a caller without the permission is refused before anything is read, also for an unknown id', async () => {
  await using api = await testApi();
  for (const name of NAMES.filter((name) => !name.startsWith('create'))) {
    const id = newId(name.endsWith('Endpoint') ? 'endpoint' : name === 'redeliver' ? 'delivery' : 'trigger');
    expect(await mutate(api, name, { id }, 'viewer'), name).toMatchObject({
      __typename: 'ForbiddenError',
      code: 'FORBIDDEN',
    });
  }
});

test.each(NAMES.filter((name) => !name.startsWith('create')))(
  '%s of what is not there, or is another thing, is not found',
  async (name) => {
    await using api = await testApi();
    const given = await INPUTS[name](api);
    const deleted = await webhookTrigger(api.pool, { deleted_at: '2026-11-25T12:00:00Z' });
    for (const id of [
      newId('trigger'),
      newId('delivery'),
      newId('endpoint'),
      newId('task'),
      'trg_x',
      '',
      deleted,
    ]) {
      expect(await mutate(api, name, { ...given, id }), id).toMatchObject({
        __typename: 'NotFoundError',
        code: 'NOT_FOUND',
        message: expect.not.stringContaining('undefined'),
      });
    }
  },
);

test('a schedule is made, changed, paused, resumed, fired and deleted, and each answer shows it as it is then', async () => {
  await using api = await testApi();
  const made = await mutate(api, 'createCronTrigger', {
    ...CRON,
    agent: 'assistant',
    timezone: 'Europe/Berlin',
  });
  expect(made.trigger).toMatchObject({ name: 'nightly', origin: 'API', agent: { name: 'assistant' } });
  const { id } = made.trigger;
  expect(Date.parse(made.trigger.nextDueAt)).toBeGreaterThan(Date.now());
  const updated = await mutate(api, 'updateTrigger', { id, agent: null, title: 'Report' });
  expect(updated.trigger).toEqual({ id, name: 'nightly', title: 'Report', agent: null });
  const paused = await mutate(api, 'pauseTrigger', { id, reason: 'holidays' });
  expect(paused.trigger).toMatchObject({
    pausedAt: expect.any(String),
    pausedBy: { name: 'Ada' },
    pauseReason: 'holidays',
  });
  const fired = await mutate(api, 'fireTrigger', { id, reason: 'to see' });
  expect(fired).toMatchObject({
    trigger: { id },
    occurrence: { kind: 'MANUAL', outcome: 'FIRED', firedBy: { name: 'Ada' } },
    delivery: null,
    task: { title: 'Report', source: 'CRON', trigger: { id } },
  });
  const resumed = await mutate(api, 'resumeTrigger', { id });
  expect(resumed.trigger).toMatchObject({ pausedAt: null, pausedBy: null, pauseReason: null });
  const deleted = await mutate(api, 'deleteTrigger', { id });
  expect(deleted.trigger).toEqual({ id, deletedAt: expect.any(String), isEditable: false });
  expect((await api.ask(`{ trigger(id: "${id}") { id } }`)).data.trigger).toBeNull();
  expect((await mutate(api, 'createCronTrigger', CRON)).trigger.name, 'the name is free again').toBe(
    'nightly',
  );
});

test('a webhook shows its secret once, is fired from a sample and takes a delivery again', async () => {
  await using api = await testApi();
  const { secret, trigger } = await mutate(api, 'createWebhookTrigger', WEBHOOK);
  expect(secret.length).toBeGreaterThan(20);
  expect(trigger).toMatchObject({ urlPath: '/webhooks/github', hasSecret: true });
  const own = 'a-secret-of-my-own-0123';
  const given = await mutate(api, 'createWebhookTrigger', { ...WEBHOOK, name: 'b', path: 'b', secret: own });
  expect(given).toMatchObject({ secret: null, trigger: { hasSecret: true } });

  const sample = {
    headers: { 'x-github-event': 'pull_request', authorization: secret },
    body: { title: 'Füße' },
  };
  const fired = await mutate(api, 'fireTrigger', { id: trigger.id, sample });
  expect(fired).toMatchObject({
    occurrence: null,
    delivery: { verdict: 'ACCEPTED', redeliveredBy: { name: 'Ada' } },
    task: { title: 'Review Füße', source: 'WEBHOOK', trigger: { id: trigger.id } },
  });
  const again = await mutate(api, 'redeliver', { id: fired.delivery.id }, 'member');
  expect(again.delivery).toMatchObject({
    verdict: 'ACCEPTED',
    redeliveryOf: { id: fired.delivery.id },
    redeliveredBy: { name: 'Mia' },
  });
  expect(again.delivery.id).not.toBe(fired.delivery.id);
  const everything = await api.ask(
    `{ triggers { nodes { ... on WebhookTrigger { id name title when verifyHeader secretCount } } }
       deliveries(first: 5) { nodes { headers body reason } } }`,
    {},
    'admin',
  );
  expect(everything.errors).toBeUndefined();
  const shown = JSON.stringify(everything.data);
  for (const hidden of [secret, own]) expect(shown).not.toContain(hidden);
  expect(JSON.stringify(api.logged)).not.toContain(secret);

  await mutate(api, 'updateTrigger', { id: trigger.id, secret: own });
  const rotating = await api.ask(
    `{ trigger(id: "${trigger.id}") { ... on WebhookTrigger { secretCount } } }`,
  );
  expect(rotating.data.trigger.secretCount).toBe(2);
  await mutate(api, 'updateTrigger', { id: trigger.id, dropOldSecret: true });
  const rotated = await api.ask(`{ trigger(id: "${trigger.id}") { ... on WebhookTrigger { secretCount } } }`);
  expect(rotated.data.trigger.secretCount).toBe(1);
});

test('an endpoint is made, changed, switched off and on, and deleted; its secret is shown once', async () => {
  await using api = await testApi();
  const made = await mutate(api, 'createWebhookEndpoint', { ...ENDPOINT, statuses: ['COMPLETED'] });
  expect(made).toMatchObject({
    secret: expect.stringMatching(/^whsec_/),
    endpoint: { ...ENDPOINT, statuses: ['COMPLETED'] },
  });
  const { id } = made.endpoint;
  const off = await mutate(api, 'updateWebhookEndpoint', {
    id,
    enabled: false,
    reason: 'moving',
    description: 'x',
  });
  expect(off).toMatchObject({ secret: null, endpoint: { description: 'x', disabledAt: expect.any(String) } });
  expect(off.endpoint.disabledReason).toContain('moving');
  const task = await createTask(api.tasks, api.callers.member, { title: 'told of' });
  const sent = await outgoing(api.pool, { endpointId: id, taskId: task.id, tries: 2 }, { verdict: 'failed' });
  expect(await mutate(api, 'redeliver', { id: sent }), 'while it is off').toMatchObject({
    code: 'VALIDATION',
  });
  const on = await mutate(api, 'updateWebhookEndpoint', {
    id,
    enabled: true,
    description: null,
    rotateSecret: true,
  });
  expect(on.endpoint).toMatchObject({ description: null, disabledAt: null, secretCount: 2 });
  expect(on.secret).toMatch(/^whsec_/);
  expect(on.secret).not.toBe(made.secret);
  expect(await mutate(api, 'redeliver', { id: sent }, 'member')).toMatchObject({ code: 'FORBIDDEN' });
  expect((await mutate(api, 'redeliver', { id: sent })).delivery).toMatchObject({
    id: sent,
    verdict: 'PENDING',
    redeliveredBy: { name: 'Ada' },
    attempts: 0,
  });
  expect((await mutate(api, 'deleteWebhookEndpoint', { id })).endpoint).toMatchObject({
    id,
    deletedAt: expect.any(String),
  });
  const shown = JSON.stringify(
    await api.ask('{ webhookEndpoints { id url description } deliveries { nodes { headers } } }'),
  );
  for (const secret of [made.secret, on.secret]) expect(shown).not.toContain(secret);
});

const WRONG: [Name, Input, string[]][] = [
  ['createCronTrigger', { ...CRON, name: '' }, ['name']],
  ['createCronTrigger', { ...CRON, cron: '61 * * * *' }, ['cron']],
  ['createCronTrigger', { ...CRON, cron: '0 0 30 2 *' }, ['cron']],
  ['createCronTrigger', { ...CRON, timezone: 'Mars/Phobos' }, ['timezone']],
  ['createCronTrigger', { ...CRON, title: '{{ scheduled_at | ' }, ['title']],
  ['createCronTrigger', { ...CRON, description: '{% if %}' }, ['description']],
  ['createCronTrigger', { ...CRON, agent: 'nobody' }, ['agent']],
  ['createCronTrigger', { ...CRON, priority: 101 }, ['priority']],
  ['createCronTrigger', { ...CRON, misfireWindowSeconds: -1 }, ['misfireWindowSeconds']],
  ['createCronTrigger', { ...CRON, checkUrl: 'http://169.254.169.254/latest' }, ['checkUrl']],
  ['createWebhookTrigger', { ...WEBHOOK, path: 'a/b' }, ['path']],
  ['createWebhookTrigger', { ...WEBHOOK, when: 'body.action ==' }, ['when']],
  ['createWebhookTrigger', { ...WEBHOOK, secret: 'short' }, ['secret']],
  ['createWebhookTrigger', { ...WEBHOOK, verify: 'STRIPE' }, ['secret']],
  ['createWebhookTrigger', { ...WEBHOOK, verifyHeader: 'x-secret' }, ['verifyHeader']],
  ['createWebhookTrigger', { ...WEBHOOK, dedupeSeconds: -1 }, ['dedupeSeconds']],
  ['createWebhookEndpoint', { url: 'http://127.0.0.1/x' }, ['url']],
  ['createWebhookEndpoint', { url: 'http://0x7f000001/x' }, ['url']],
  ['createWebhookEndpoint', { url: 'ftp://example.com' }, ['url']],
  ['createWebhookEndpoint', { url: 'nonsense' }, ['url']],
];

test.each(WRONG)('%s(%j) is refused with the place, and nothing is made', async (name, input, path) => {
  await using api = await testApi();
  const result = await mutate(api, name, input);
  expect(result, JSON.stringify(result)).toMatchObject({
    __typename: 'ValidationError',
    code: 'VALIDATION',
    issues: [{ path }],
  });
  const { data } = await api.ask('{ triggers { totalCount } webhookEndpoints { id } }');
  expect(data).toEqual({ triggers: { totalCount: 0 }, webhookEndpoints: [] });
});

test('names and paths are taken once, a trigger of the file is not changed, and a kind has its own fields', async () => {
  await using api = await testApi();
  const cron = (await mutate(api, 'createCronTrigger', CRON)).trigger;
  const webhook = (await mutate(api, 'createWebhookTrigger', WEBHOOK)).trigger;
  const ofFile = await cronTrigger(api.pool, { origin: 'file' });
  const sample = { body: {} };
  const refused: [Name, Input, string[]][] = [
    ['createCronTrigger', CRON, ['name']],
    ['createWebhookTrigger', { ...WEBHOOK, name: 'another' }, ['path']],
    ['updateTrigger', { id: webhook.id, name: 'nightly' }, ['name']],
    ['updateTrigger', { id: ofFile, title: 'x' }, ['id']],
    ['deleteTrigger', { id: ofFile }, ['id']],
    ['updateTrigger', { id: cron.id, path: 'x' }, ['path']],
    ['updateTrigger', { id: webhook.id, cron: '@daily' }, ['cron']],
    ['updateTrigger', { id: cron.id }, []],
    ['pauseTrigger', { id: cron.id, reason: 'x'.repeat(1_001) }, ['reason']],
    ['fireTrigger', { id: cron.id, sample }, ['sample']],
    ['fireTrigger', { id: webhook.id }, ['sample']],
    ['fireTrigger', { id: webhook.id, sample: { headers: ['x'] } }, ['sample', 'headers']],
    ['fireTrigger', { id: webhook.id, sample: { headers: { a: 1 } } }, ['sample', 'headers', 'a']],
    ['fireTrigger', { id: cron.id, reason: 'x'.repeat(1_001) }, ['reason']],
  ];
  for (const [name, input, path] of refused) {
    const result = await mutate(api, name, input);
    expect(result, `${name} ${JSON.stringify(input).slice(0, 80)} ${JSON.stringify(result)}`).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path }],
    });
  }
  expect((await mutate(api, 'pauseTrigger', { id: ofFile })).trigger.pausedAt).not.toBeNull();
  expect((await mutate(api, 'resumeTrigger', { id: ofFile })).trigger.pausedAt).toBeNull();
  expect((await mutate(api, 'fireTrigger', { id: ofFile })).occurrence.kind).toBe('MANUAL');
  const { data } = await api.ask('{ triggers { nodes { name } } tasks { totalCount } }');
  expect(data.triggers.nodes).toHaveLength(3);
  expect(data.tasks.totalCount).toBe(1);
});
