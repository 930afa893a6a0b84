import { expect, test } from 'vitest';
import { newId } from '../../../src/core/ids.ts';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { testApi } from '../../fixtures/graphql-api.ts';
import {
  cronTrigger,
  endpoint,
  incoming,
  madeBy,
  occurrence,
  outgoing,
  SECRET,
  webhookTrigger,
} from '../../fixtures/trigger-rows.ts';

test('a schedule shows what it is, in words, when it comes next, and what came of it', async () => {
  await using api = await testApi();
  const { pool, tasks, callers } = api;
  const id = await cronTrigger(pool, { description: 'All of it', origin: 'file' });
  const task = await createTask(tasks, callers.member, { title: 'Nightly report' });
  await madeBy(pool, id, task.id);
  await occurrence(pool, id, { outcome: 'skipped', reason: 'overlap: a task is not final yet' });
  await occurrence(pool, id, { outcome: 'fired', reason: null, task_id: task.id });
  await occurrence(pool, id, { outcome: null, reason: null, decided_at: null });
  const { data, errors } = await api.ask(
    `query ($id: ID!) { trigger(id: $id) {
      __typename id kind name origin isEditable title description priority agent { name isKnown } createdBy { name }
      pausedAt deletedAt tasks { nodes { id trigger { id name } } }
      ... on CronTrigger { cron timezone words overlap misfire misfireWindowSeconds checkUrl nextDueAt
        nextOccurrences(first: 3) occurrences { nodes { outcome reason kind task { id } trigger { id } decidedAt } } } } }`,
    { id },
    'viewer',
  );
  expect(errors).toBeUndefined();
  expect(data.trigger).toMatchObject({
    __typename: 'CronTrigger',
    id,
    kind: 'CRON',
    origin: 'FILE',
    isEditable: false,
    agent: { name: 'assistant', isKnown: true },
    overlap: 'SKIP',
    misfire: 'ONCE',
    misfireWindowSeconds: 21_600,
    words: expect.stringContaining('02:00'),
    checkUrl: null,
    tasks: { nodes: [{ id: task.id, trigger: { id } }] },
    occurrences: {
      nodes: [
        { outcome: null, task: null, decidedAt: null },
        { outcome: 'FIRED', kind: 'SCHEDULE', task: { id: task.id }, trigger: { id } },
        { outcome: 'SKIPPED', task: null, reason: expect.stringContaining('overlap') },
      ],
    },
  });
  const moments: string[] = data.trigger.nextOccurrences;
  expect(moments).toHaveLength(3);
  expect([...moments].sort()).toEqual(moments);
  expect(Date.parse(moments[0] ?? '')).toBeGreaterThan(Date.now());
});

test('a schedule that can no longer be read does not take the page with it', async () => {
  await using api = await testApi();
  await cronTrigger(api.pool, { timezone: 'Mars/Phobos' });
  const { data, errors } = await api.ask(
    '{ triggers { nodes { ... on CronTrigger { words nextOccurrences } } } }',
  );
  expect(errors).toBeUndefined();
  expect(data.triggers.nodes).toEqual([{ words: '0 2 * * mon-fri', nextOccurrences: [] }]);
});

test('a webhook shows where it is called and how it is verified, and never a secret', async () => {
  await using api = await testApi();
  const { pool, tasks, callers } = api;
  const id = await webhookTrigger(pool, {
    path: 'github',
    verify: 'github',
    when: 'body.action == "opened"',
  });
  const first = await incoming(pool, id, { verdict: 'accepted', key: 'evt-1' });
  await incoming(pool, id, { verdict: 'duplicate', duplicate_of: first, key: 'evt-1' });
  const told = await endpoint(pool);
  const { id: taskId } = await createTask(tasks, callers.member, { title: 'told of' });
  await outgoing(pool, { endpointId: told, taskId, tries: 2 });
  const everything = `{
    triggers(first: 3) { nodes { ... on WebhookTrigger { path urlPath verify verifyHeader hasSecret secretCount when dedupeSeconds
      deliveries(first: 3) { nodes { id verdict senderId duplicateOf { id } redeliveryOf { id } headers body bodyIsText
        trigger { id } } } } } }
    webhookEndpoints { id url statuses agents sources secretCount createdBy { name } disabledAt failingSince
      deliveries(first: 3) { nodes { verdict eventId attempts nextAttemptAt endpoint { id } task { id } headers
        tries { number at durationMs status error response } } } }
  }`;
  for (const role of ['viewer', 'agent', 'member', 'admin']) {
    const { data, errors } = await api.ask(everything, {}, role);
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).not.toContain(SECRET);
    expect(data.triggers.nodes[0]).toMatchObject({
      path: 'github',
      urlPath: '/webhooks/github',
      verify: 'GITHUB',
      hasSecret: true,
      secretCount: 2,
      deliveries: {
        nodes: [
          { verdict: 'DUPLICATE', duplicateOf: { id: first }, senderId: 'evt-1' },
          { verdict: 'ACCEPTED', duplicateOf: null, redeliveryOf: null, trigger: { id } },
        ],
      },
    });
    expect(data.webhookEndpoints[0]).toMatchObject({
      id: told,
      statuses: ['COMPLETED', 'FAILED'],
      sources: ['WEBHOOK'],
      secretCount: 1,
      deliveries: { nodes: [{ attempts: 2, task: { id: taskId }, tries: [{ number: 1 }, { number: 2 }] }] },
    });
  }
});

test('a check URL, which may contain a secret, is shown complete only to callers who may change it', async () => {
  await using api = await testApi();
  await endpoint(api.pool);
  await cronTrigger(api.pool, { check_url: 'https://example.com/check?token=hidden' });
  const shown: Record<string, unknown> = {};
  for (const role of ['viewer', 'agent', 'member', 'admin']) {
    const { data } = await api.ask(
      '{ webhookEndpoints { url } triggers { nodes { ... on CronTrigger { checkUrl } } } }',
      {},
      role,
    );
    shown[role] = [data.webhookEndpoints[0].url, data.triggers.nodes[0].checkUrl];
  }
  const [url, cutUrl] = [
    'https://hooks.example.com/services/T0/B0/a-capability',
    'https://hooks.example.com/…',
  ];
  const [check, cutCheck] = ['https://example.com/check?token=hidden', 'https://example.com/…'];
  expect(shown).toEqual({
    viewer: [cutUrl, cutCheck],
    agent: [cutUrl, cutCheck],
    member: [cutUrl, check],
    admin: [url, check],
  });
});

test('a body is text where it is UTF-8, and base64 where it is not', async () => {
  await using api = await testApi();
  const id = await webhookTrigger(api.pool);
  const bodies: (string | Uint8Array)[] = ['{"title":"Füße \u2028"}', '', Uint8Array.of(0xff, 0x00, 0xfe)];
  for (const body of bodies) await incoming(api.pool, id, { body });
  const { data, errors } = await api.ask('{ deliveries(first: 3) { nodes { body bodyIsText } } }');
  expect(errors).toBeUndefined();
  expect(data.deliveries.nodes).toEqual([
    { body: '/wD+', bodyIsText: false },
    { body: '', bodyIsText: true },
    { body: '{"title":"Füße \u2028"}', bodyIsText: true },
  ]);
});

test('a page of deliveries reads no body that is not asked for', async () => {
  await using api = await testApi();
  const id = await webhookTrigger(api.pool);
  await incoming(api.pool, id);
  const before = api.statements.length;
  await api.ask('{ deliveries { nodes { id verdict headers } } }');
  expect(api.statements.slice(before)).not.toContain('delivery-bodies');
});

test('a deleted trigger is visible only from its tasks and records', async () => {
  await using api = await testApi();
  const { pool, tasks, callers } = api;
  const deleted = { deleted_at: '2026-11-25T12:00:00Z' };
  const [cron, hook, told] = [
    await cronTrigger(pool, deleted),
    await webhookTrigger(pool, deleted),
    await endpoint(pool, deleted),
  ];
  const task = await createTask(tasks, callers.member, { title: 'of a trigger that is gone' });
  await madeBy(pool, cron, task.id);
  const call = await incoming(pool, hook);
  const sent = await outgoing(pool, { endpointId: told, taskId: task.id });
  const { data, errors } = await api.ask(
    `query ($ids: [ID!]!, $cron: ID!, $task: ID!, $call: ID!, $sent: ID!) {
      nodes(ids: $ids) { id } trigger(id: $cron) { id } triggers { nodes { id } } webhookEndpoints { id }
      task(id: $task) { trigger { id isEditable deletedAt } }
      call: delivery(id: $call) { ... on IncomingDelivery { trigger { id deletedAt } } }
      sent: delivery(id: $sent) { ... on OutgoingDelivery { endpoint { id deletedAt } } }
    }`,
    { ids: [cron, hook, told], cron, task: task.id, call, sent },
  );
  expect(errors).toBeUndefined();
  const deletedAt = '2026-11-25T12:00:00.000Z';
  expect(data).toEqual({
    nodes: [null, null, null],
    trigger: null,
    triggers: { nodes: [] },
    webhookEndpoints: [],
    task: { trigger: { id: cron, isEditable: false, deletedAt } },
    call: { trigger: { id: hook, deletedAt } },
    sent: { endpoint: { id: told, deletedAt } },
  });
});

test('node finds triggers, occurrences, deliveries and endpoints by their ids', async () => {
  await using api = await testApi();
  const { pool, tasks, callers } = api;
  const cron = await cronTrigger(pool);
  const hook = await webhookTrigger(pool);
  const due = await occurrence(pool, cron);
  const call = await incoming(pool, hook);
  const told = await endpoint(pool);
  const { id: taskId } = await createTask(tasks, callers.member, { title: 'told of' });
  const sent = await outgoing(pool, { endpointId: told, taskId });
  const found = [
    ['CronTrigger', cron],
    ['WebhookTrigger', hook],
    ['Occurrence', due],
    ['IncomingDelivery', call],
    ['OutgoingDelivery', sent],
    ['WebhookEndpoint', told],
    ['Task', taskId],
  ] as const;
  const ids = found.map(([, id]) => id);
  const nothing = [
    newId('trigger'),
    newId('occurrence'),
    newId('delivery'),
    newId('endpoint'),
    'trg_x',
    'dlv_',
  ];
  const { data, errors } = await api.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
    ids: [...ids, ...nothing],
  });
  expect(errors).toBeUndefined();
  expect(data.nodes).toEqual([
    ...found.map(([__typename, id]) => ({ __typename, id })),
    ...nothing.map(() => null),
  ]);
  for (const [typename, id] of found) {
    const one = await api.ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id });
    expect(one.data.node).toEqual({ __typename: typename, id });
  }
  const single = await api.ask(
    `query ($hook: ID!, $call: ID!, $no: ID!) {
      trigger(id: $hook) { id } delivery(id: $call) { id } none: trigger(id: $no) { id } nobody: delivery(id: $no) { id } }`,
    { hook, call, no: 'trg_nonsense' },
  );
  expect(single.data).toEqual({ trigger: { id: hook }, delivery: { id: call }, none: null, nobody: null });
});

test('a cron expression is previewed in words and moments, and refused with the place', async () => {
  await using api = await testApi();
  const preview = async (variables: Record<string, unknown>) => {
    const { data, errors } = await api.ask(
      `query ($cron: String!, $timezone: String, $first: Int) {
        previewCron(cron: $cron, timezone: $timezone, first: $first) { __typename
          ... on PreviewCronPayload { words occurrences } ... on ValidationError { code issues { path message } } } }`,
      variables,
      'viewer',
    );
    expect(errors).toBeUndefined();
    return data.previewCron;
  };
  const good = await preview({ cron: '0 2 * * mon-fri', timezone: 'Europe/Berlin', first: 2 });
  expect(good).toMatchObject({ __typename: 'PreviewCronPayload', words: expect.stringContaining('02:00') });
  expect(good.occurrences).toHaveLength(2);
  expect((await preview({ cron: '@daily' })).occurrences).toHaveLength(5);
  expect((await preview({ cron: '@daily' })).occurrences[0]).toMatch(/T00:00:00\.000Z$/);
  const bad = [
    '',
    '* *',
    '61 * * * *',
    '0 0 30 2 *',
    '* * * * * *',
    '@reboot',
    'never',
    '0 seconds',
    '*'.repeat(5_000),
  ];
  for (const cron of bad) {
    expect(await preview({ cron }), cron.slice(0, 20)).toMatchObject({
      __typename: 'ValidationError',
      code: 'VALIDATION',
      issues: [{ path: ['cron'] }],
    });
  }
  expect(await preview({ cron: '@daily', timezone: 'Mars/Phobos' })).toMatchObject({
    issues: [{ path: ['timezone'] }],
  });
  for (const first of [0, -1, 101]) {
    expect(await preview({ cron: '@daily', first })).toMatchObject({ issues: [{ path: ['first'] }] });
  }
});
