import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../fixtures/open-api.ts';
import { testPool } from '../../fixtures/pool.ts';
import { type Answer, type RestApi, restApi } from '../../fixtures/rest-api.ts';

let api: RestApi;
let pool: pg.Pool;
beforeAll(async () => {
  api = await restApi();
  pool = testPool({ connectionString: api.app.databaseUrl, max: 2 });
});
afterAll(async () => {
  await pool.end();
  await api[Symbol.asyncDispose]();
});

/** A POST and what becomes of its resource before it is repeated. */
interface Replayed {
  readonly path: string;
  readonly body?: unknown;
  readonly afterwards: (first: Answer) => Promise<unknown>;
}

let names = 0;
const name = (): string => {
  names += 1;
  return `replayed-${names}`;
};
const remove = (path: string) => async () => {
  expect([200, 204]).toContain((await api.send('DELETE', path)).status);
};
const change = (path: string, body: unknown) => async () => {
  expect((await api.send('PATCH', path, { body })).status).toBe(200);
};
async function cron(): Promise<Json> {
  const { body } = await api.send('POST', '/api/v1/triggers', {
    body: { kind: 'cron', name: name(), cron: '@yearly', title: 'x' },
  });
  return body;
}
async function askingTask(): Promise<Json> {
  const task = await api.createTask();
  await api.app.ask(`mutation { startTask(input: { id: "${task.id}" }) { __typename } }`);
  await api.app.ask(
    `mutation { requestTaskInput(input: { id: "${task.id}", question: "Which?" }) { __typename } }`,
  );
  return task;
}
async function received(): Promise<Json> {
  const path = name();
  await api.send('POST', '/api/v1/triggers', {
    body: { kind: 'webhook', name: path, path, verify: 'none', title: 'x' },
  });
  const { body } = await api.send('POST', `/webhooks/${path}`, {
    raw: '{}',
    headers: { 'content-type': 'application/json' },
  });
  return body;
}

/** Every POST of the document, by its operation. */
const POSTS: Record<string, () => Promise<Replayed>> = {
  createTask: async () => ({
    path: '/api/v1/tasks',
    body: { title: 'A task' },
    afterwards: ({ body }) => remove(`/api/v1/tasks/${body.id}`)(),
  }),
  cancelTask: async () => {
    const { id } = await api.createTask();
    return {
      path: `/api/v1/tasks/${id}/cancel`,
      body: { reason: 'Not needed' },
      // A cancelled task changes no more.
      afterwards: () => api.send('POST', `/api/v1/tasks/${id}/retry`),
    };
  },
  provideTaskInput: async () => {
    const { id } = await askingTask();
    return {
      path: `/api/v1/tasks/${id}/input`,
      body: { answer: 'This one' },
      afterwards: remove(`/api/v1/tasks/${id}`),
    };
  },
  retryTask: async () => {
    const { id } = await api.createTask();
    await remove(`/api/v1/tasks/${id}`)();
    return {
      path: `/api/v1/tasks/${id}/retry`,
      afterwards: ({ body }) => change(`/api/v1/tasks/${body.id}`, { title: 'Other' })(),
    };
  },
  createTrigger: async () => ({
    path: '/api/v1/triggers',
    body: { kind: 'webhook', name: name(), path: name(), title: 'x' },
    afterwards: ({ body }) => remove(`/api/v1/triggers/${body.id}`)(),
  }),
  pauseTrigger: async () => {
    const { id } = await cron();
    return { path: `/api/v1/triggers/${id}/pause`, afterwards: remove(`/api/v1/triggers/${id}`) };
  },
  resumeTrigger: async () => {
    const { id } = await cron();
    return { path: `/api/v1/triggers/${id}/resume`, afterwards: remove(`/api/v1/triggers/${id}`) };
  },
  fireTrigger: async () => {
    const { id } = await cron();
    return { path: `/api/v1/triggers/${id}/fire`, afterwards: remove(`/api/v1/triggers/${id}`) };
  },
  redeliver: async () => {
    const { delivery_id: id } = await received();
    const { body } = await api.send('GET', `/api/v1/deliveries/${id}`);
    return {
      path: `/api/v1/deliveries/${id}/redeliver`,
      afterwards: remove(`/api/v1/triggers/${body.trigger_id}`),
    };
  },
  createWebhookEndpoint: async () => ({
    path: '/api/v1/webhook-endpoints',
    body: { url: 'https://example.invalid/hook' },
    afterwards: ({ body }) => remove(`/api/v1/webhook-endpoints/${body.id}`)(),
  }),
};

test('the table has every POST that takes an idempotency key', () => {
  const posts = api.openApi.operations.filter((one) => one.method === 'post' && one.path.startsWith('/api/'));
  expect(Object.keys(POSTS).sort()).toEqual(posts.map(({ operation }) => operation.operationId).sort());
});

const NEVER_REPEATED = ['date', 'ratelimit', 'x-request-id', 'idempotency-replayed', 'content-length'];
const lasting = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([header]) => !NEVER_REPEATED.includes(header)));
/** A secret is shown once. */
const withoutSecret = (body: Json): Json => ('secret' in body ? { ...body, secret: null } : body);

test.each(Object.entries(POSTS))(
  '%s: the replay is the first reply, whatever became of it',
  async (operation, prepare) => {
    const { path, body, afterwards } = await prepare();
    const send = () =>
      api.send('POST', path, {
        ...(body !== undefined && { body }),
        headers: { 'idempotency-key': `replay ${operation}` },
      });
    const first = await send();
    expect(first.status, first.text).toBeLessThan(300);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    await afterwards(first);
    const replay = await send();
    expect([replay.status, replay.headers.get('idempotency-replayed')]).toEqual([first.status, 'true']);
    expect(replay.body).toEqual(withoutSecret(first.body));
    expect(lasting(replay.headers)).toEqual(lasting(first.headers));
  },
);

test('a secret that is shown once is not stored with the reply', async () => {
  const headers = { 'idempotency-key': 'secret' };
  const created = [
    await api.send('POST', '/api/v1/triggers', {
      body: { kind: 'webhook', name: name(), path: name(), title: 'x' },
      headers,
    }),
    await api.send('POST', '/api/v1/webhook-endpoints', {
      body: { url: 'https://example.invalid/' },
      headers,
    }),
  ];
  const { rows } = await pool.query<{ reply: string }>(
    "select reply from idempotency_keys where key = 'secret'",
  );
  expect(rows).toHaveLength(2);
  for (const { body } of created) {
    expect(body.secret).toMatch(/./);
    expect(rows.map(({ reply }) => reply).join()).not.toContain(body.secret);
  }
});

test('a repeated request with Prefer: wait gets the current task, not the stored one', async () => {
  const headers = { 'idempotency-key': 'waiting' };
  const body = { title: 'Waited for' };
  const first = await api.send('POST', '/api/v1/tasks', { body, headers });
  await remove(`/api/v1/tasks/${first.body.id}`)();
  const waiting = await api.send('POST', '/api/v1/tasks', {
    body,
    headers: { ...headers, prefer: 'wait=10' },
  });
  expect([waiting.body.id, waiting.body.status]).toEqual([first.body.id, 'cancelled']);
  expect(waiting.headers.get('preference-applied')).toBe('wait=10');
});

test('a request done by an older version without stored replies is not done again', async () => {
  const { id } = await api.createTask();
  const send = () =>
    api.send('POST', `/api/v1/tasks/${id}/cancel`, { headers: { 'idempotency-key': 'upgraded' } });
  await send();
  await pool.query("update idempotency_keys set reply = null, resource_id = $1 where key = 'upgraded'", [id]);
  const again = await send();
  expect([again.status, again.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  expect(again.body.detail).toContain(id);
});
