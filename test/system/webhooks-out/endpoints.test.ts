import { expect, test } from 'vitest';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { createWebhookEndpoint } from '../../../src/webhooks-out/commands/create-endpoint.ts';
import { deleteWebhookEndpoint } from '../../../src/webhooks-out/commands/delete-endpoint.ts';
import { redeliverOutgoing } from '../../../src/webhooks-out/commands/redeliver.ts';
import { updateWebhookEndpoint } from '../../../src/webhooks-out/commands/update-endpoint.ts';
import { listEndpoints, readEndpoint } from '../../../src/webhooks-out/queries/endpoints.ts';
import { person } from '../../fixtures/tasks.ts';
import { testOutgoing } from '../../fixtures/webhooks-out.ts';

const root = person('Root', 'admin');
const ada = person('Ada');
const viewer = person('Vera', 'viewer');
const agent = person('Bot', 'agent');
const URL = 'https://example.com/hooks';

test('an endpoint is created with a secret that is shown once, and gets all events unless it has filters', async () => {
  await using app = await testOutgoing({ isDispatching: false, isSending: false });
  const { endpoint, secret } = await createWebhookEndpoint(app.context, root, {
    url: 'HTTPS://Example.com:443/hooks',
  });
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(endpoint).toMatchObject({
    url: URL,
    description: null,
    statuses: [],
    agents: [],
    sources: [],
    createdBy: root.actor,
    disabledAt: null,
    failingSince: null,
    deletedAt: null,
  });
  const narrow = await createWebhookEndpoint(app.context, root, {
    url: URL,
    description: 'The dashboard of the others',
    statuses: ['completed', 'failed', 'completed'],
    agents: ['assistant', 'one that is gone'],
    sources: ['cron'],
  });
  expect(narrow.endpoint).toMatchObject({
    description: 'The dashboard of the others',
    statuses: ['completed', 'failed'],
    agents: ['assistant', 'one that is gone'],
    sources: ['cron'],
  });
  expect(narrow.secret).not.toBe(secret);
  expect((await listEndpoints(app.context, viewer)).map(({ id }) => id)).toEqual([
    endpoint.id,
    narrow.endpoint.id,
  ]);
  expect(await readEndpoint(app.context, viewer, { id: endpoint.id })).toEqual(endpoint);
});

test('only admins manage endpoints; callers who may read tasks may read them', async () => {
  await using app = await testOutgoing({ isDispatching: false, isSending: false });
  const { endpoint } = await createWebhookEndpoint(app.context, root, { url: URL });
  const forbidden = { code: 'FORBIDDEN' };
  for (const caller of [ada, viewer, agent]) {
    await expect(createWebhookEndpoint(app.context, caller, { url: URL })).rejects.toMatchObject(forbidden);
    await expect(
      updateWebhookEndpoint(app.context, caller, { id: endpoint.id, enabled: false }),
    ).rejects.toMatchObject(forbidden);
    await expect(deleteWebhookEndpoint(app.context, caller, { id: endpoint.id })).rejects.toMatchObject(
      forbidden,
    );
    await expect(redeliverOutgoing(app.context, caller, { id: 'dlv_x' })).rejects.toMatchObject(forbidden);
    expect(await listEndpoints(app.context, caller)).toHaveLength(1);
  }
});

test.each([
  [{ url: 'http://169.254.169.254/' }, 'url'],
  [{ url: '' }, 'url'],
  [{ url: 7 }, 'url'],
  [{}, 'url'],
  [{ url: URL, statuses: ['done'] }, 'statuses'],
  [{ url: URL, sources: ['mail'] }, 'sources'],
  [{ url: URL, agents: [''] }, 'agents'],
  [{ url: URL, agents: Array.from({ length: 101 }, (_, index) => `a${index}`) }, 'agents'],
  [{ url: URL, description: 'x'.repeat(1_001) }, 'description'],
  [{ url: URL, description: 'with \u0000' }, 'description'],
])('%j is refused at the field, and nothing is made', async (input, field) => {
  await using app = await testOutgoing({ isDispatching: false, isSending: false });
  await expect(createWebhookEndpoint(app.context, root, input as never)).rejects.toMatchObject({
    code: 'VALIDATION',
    details: { issues: [{ path: expect.arrayContaining([field]) }] },
  });
  expect(await listEndpoints(app.context, root)).toEqual([]);
});

test('there are fifty endpoints at most, however many are made at once', async () => {
  await using app = await testOutgoing({ isDispatching: false, isSending: false });
  const made = await Promise.allSettled(
    Array.from({ length: 60 }, () => createWebhookEndpoint(app.context, root, { url: URL })),
  );
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
  expect(made.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'VALIDATION', message: expect.stringContaining('maximum of 50 endpoints is reached') },
  });
  const [first] = await listEndpoints(app.context, root);
  await deleteWebhookEndpoint(app.context, root, { id: first?.id ?? '' });
  await createWebhookEndpoint(app.context, root, { url: URL });
});

test('an update changes what it names and leaves the rest', async () => {
  await using app = await testOutgoing({ isDispatching: false, isSending: false });
  const { endpoint } = await createWebhookEndpoint(app.context, root, {
    url: URL,
    description: 'One',
    statuses: ['failed'],
    agents: ['assistant'],
  });
  const { id } = endpoint;
  const update = (input: object) => updateWebhookEndpoint(app.context, root, { id, ...input });
  expect(await update({ url: 'https://example.org/x', statuses: [] })).toMatchObject({
    endpoint: { url: 'https://example.org/x', statuses: [], description: 'One', agents: ['assistant'] },
    secret: null,
  });
  expect((await update({ description: null, sources: ['api'] })).endpoint).toMatchObject({
    description: null,
    sources: ['api'],
  });
  await expect(update({ url: 'http://localhost/' })).rejects.toMatchObject({ code: 'VALIDATION' });
  await expect(update({ reason: 'why' })).rejects.toMatchObject({ code: 'VALIDATION' });
  await expect(update({})).rejects.toThrow(/set at least one of url, description/);
  await expect(update({ rotateSecret: true, dropOldSecret: true })).rejects.toMatchObject({
    code: 'VALIDATION',
  });
  const unknown = { code: 'NOT_FOUND' };
  await expect(
    updateWebhookEndpoint(app.context, root, { id: 'whe_x', enabled: true }),
  ).rejects.toMatchObject(unknown);
  await deleteWebhookEndpoint(app.context, root, { id });
  await expect(update({ enabled: true })).rejects.toMatchObject(unknown);
  await expect(deleteWebhookEndpoint(app.context, root, { id })).rejects.toMatchObject(unknown);
  await expect(readEndpoint(app.context, root, { id })).rejects.toMatchObject(unknown);
});

test('of a rotation two secrets live, of the next one the newest two, and of a deleted endpoint none', async () => {
  await using app = await testOutgoing({ isDispatching: false, isSending: false });
  const { endpoint, secret: first } = await createWebhookEndpoint(app.context, root, { url: URL });
  const { id } = endpoint;
  const rotate = async () => updateWebhookEndpoint(app.context, root, { id, rotateSecret: true });
  const second = await rotate();
  expect(second.endpoint.secrets).toEqual([second.secret, first]);
  const third = await rotate();
  expect(third.endpoint.secrets).toEqual([third.secret, second.secret]);
  const dropped = await updateWebhookEndpoint(app.context, root, { id, dropOldSecret: true });
  expect(dropped).toMatchObject({ endpoint: { secrets: [third.secret] }, secret: null });
  expect((await deleteWebhookEndpoint(app.context, root, { id })).secrets).toEqual([]);
});

test('when an endpoint is switched off by hand, its pending deliveries are cancelled, with actor and reason', async () => {
  await using app = await testOutgoing({ isSending: false });
  const { endpoint } = await createWebhookEndpoint(app.context, root, { url: URL });
  await createTask(app.context.tasks, ada, { title: 'Told' });
  const [made] = await app.until((all) => all.length === 1);
  const { endpoint: off } = await updateWebhookEndpoint(app.context, root, {
    id: endpoint.id,
    enabled: false,
    reason: 'it moves',
  });
  expect(off.disabledAt).toBeInstanceOf(Date);
  expect(off.disabledReason).toBe('by Root: it moves');
  expect(await app.deliveries()).toMatchObject([
    {
      verdict: 'cancelled',
      reason: 'the endpoint was switched off by Root: it moves',
      decidedAt: expect.any(Date),
      nextAttemptAt: null,
    },
  ]);
  await expect(redeliverOutgoing(app.context, root, { id: made?.id ?? '' })).rejects.toMatchObject({
    code: 'VALIDATION',
    message: expect.stringContaining('switch it on first'),
  });
  // Off twice is fine, and the first reason stays.
  expect(
    (await updateWebhookEndpoint(app.context, root, { id: endpoint.id, enabled: false })).endpoint,
  ).toMatchObject({ disabledReason: 'by Root: it moves' });
  const { endpoint: on } = await updateWebhookEndpoint(app.context, root, { id: endpoint.id, enabled: true });
  expect(on).toMatchObject({ disabledAt: null, disabledReason: null, failingSince: null });
  expect(await redeliverOutgoing(app.context, root, { id: made?.id ?? '' })).toMatchObject({
    verdict: 'pending',
    reason: null,
    redeliveredBy: root.actor,
  });
});
