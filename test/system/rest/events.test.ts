import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../fixtures/open-api.ts';
import { EventReader, type RestApi, restApi } from '../../fixtures/rest-api.ts';

let api: RestApi;
beforeAll(async () => {
  api = await restApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const reader = (path: string, headers: Record<string, string> = {}) =>
  new EventReader(api.app.url + path, { authorization: `Bearer ${api.app.key}`, ...headers });

test("a task's history is read page by page, each event with its place", async () => {
  const { id } = await api.createTask();
  for (let priority = 1; priority <= 4; priority += 1) {
    await api.send('PATCH', `/api/v1/tasks/${id}`, { body: { priority } });
  }
  const seen: Json[] = [];
  let next: string | null = `/api/v1/tasks/${id}/events?limit=2`;
  while (next !== null) {
    const { headers, body }: { headers: Headers; body: Json } = await api.send('GET', next);
    seen.push(...body.data);
    next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? null;
  }
  expect(seen.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  expect(seen[1].data).toEqual({ priority: { from: 0, to: 1 } });
  const rest = await api.send('GET', `/api/v1/tasks/${id}/events?cursor=${seen[3].cursor}`);
  expect(rest.body.data).toEqual([seen[4]]);
  const ofTask = await api.send('GET', `/api/v1/events?task_id=${id}&limit=100`);
  expect(ofTask.body.data).toEqual(seen);
  for (const cursor of ['x', '-1', '01', '99999999999', '1.5']) {
    const { status, body } = await api.send('GET', `/api/v1/events?cursor=${cursor}`);
    expect([status, body.code], cursor).toEqual([400, 'BAD_CURSOR']);
  }
});

test('a stream replays past events and continues live', async () => {
  const { id } = await api.createTask();
  await api.createTask({ title: 'another' });
  await using stream = reader(`/api/v1/tasks/${id}/events`);
  const response = await stream.response;
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  expect(response.headers.get('cache-control')).toBe('no-store');
  await expect.poll(() => stream.types).toEqual(['task.created']);
  await api.send('PATCH', `/api/v1/tasks/${id}`, { body: { title: 'live' } });
  await expect.poll(() => stream.types).toEqual(['task.created', 'task.updated']);
  await api.send('DELETE', `/api/v1/tasks/${id}`);
  await expect.poll(() => stream.types).toEqual(['task.created', 'task.updated', 'task.cancelled']);
  const { body } = await api.send('GET', `/api/v1/tasks/${id}/events`);
  expect(
    stream.messages.map(({ data }) => data),
    'the same as the pages',
  ).toEqual(body.data);
  expect(stream.messages.map((message) => message.id)).toEqual(body.data.map(({ cursor }: Json) => cursor));
  for (const { data } of stream.messages) {
    expect(api.openApi.faultOf('/components/schemas/TaskEvent', data)).toBeUndefined();
  }
});

test('nothing is lost and nothing comes twice across many reconnects while many write', async () => {
  const before = (await api.send('GET', '/api/v1/events?limit=100')).body;
  const start: string = before.data.at(-1)?.cursor ?? '0';
  const WRITERS = 8;
  const EACH = 25;
  let writing = true;
  const writers = Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (let n = 0; n < EACH; n += 1) await api.createTask({ title: 'reconnect' });
    }),
  ).finally(() => {
    writing = false;
  });
  const seen: string[] = [];
  let last = start;
  let connections = 0;
  while (writing || seen.length < WRITERS * EACH) {
    await using stream = reader('/api/v1/events?type=task.created', { 'last-event-id': last });
    connections += 1;
    const enough = 1 + Math.floor(Math.random() * 20);
    await expect
      .poll(
        () => stream.messages.length >= enough || seen.length + stream.messages.length >= WRITERS * EACH,
        {
          timeout: 10_000,
          interval: 5,
        },
      )
      .toBe(true);
    for (const { id, data } of stream.messages) {
      seen.push(data.id);
      last = id ?? last;
    }
  }
  await writers;
  expect(connections).toBeGreaterThan(5);
  expect(new Set(seen).size, 'none twice').toBe(seen.length);
  expect(seen.length).toBe(WRITERS * EACH);
});

test('the stream of all tasks begins now, and sends its start cursor', async () => {
  await api.createTask();
  // A page waits until the log has settled what was written before.
  await api.send('GET', '/api/v1/events?limit=1');
  await using stream = reader('/api/v1/events');
  await expect.poll(() => stream.lastEventId).toMatch(/^\d+$/);
  expect(stream.messages).toEqual([]);
  const { id } = await api.createTask({ agent: 'assistant' });
  await expect.poll(() => stream.messages.map(({ data }) => data.task_id)).toEqual([id]);
  await using filtered = reader('/api/v1/events?agent=assistant&type=task.created,task.cancelled', {
    'last-event-id': '0',
  });
  await expect.poll(() => filtered.messages.some(({ data }) => data.task_id === id)).toBe(true);
  expect(filtered.messages.every(({ data }) => data.agent === 'assistant')).toBe(true);
  const bad = await api.send('GET', '/api/v1/events', {
    headers: { accept: 'text/event-stream', 'last-event-id': 'nonsense' },
  });
  expect([bad.status, bad.body.code]).toEqual([400, 'BAD_CURSOR']);
  const unknown = await api.send('GET', '/api/v1/tasks/task_01kavh8xa3f0ytqc2w4s0jxm7e/events', {
    headers: { accept: 'text/event-stream' },
  });
  expect(unknown.status).toBe(404);
});

test('a revoked key loses its streams within 5 s, with the reason', async () => {
  const { data } = await api.app.ask<Json>(
    'mutation { createApiKey(input: { name: "soon gone", role: VIEWER }) { ... on CreateApiKeyPayload { secret apiKey { id } } } }',
  );
  const { secret, apiKey } = data.createApiKey;
  await using stream = reader('/api/v1/events', { authorization: `Bearer ${secret}` });
  expect((await stream.response).status).toBe(200);
  await expect.poll(() => stream.comments).toBeGreaterThan(0);
  const sinceMs = performance.now();
  await api.app.ask(`mutation { revokeApiKey(input: { id: "${apiKey.id}" }) { __typename } }`);
  await stream.ended;
  expect(performance.now() - sinceMs).toBeLessThan(5_000);
  expect(stream.messages.at(-1)).toMatchObject({ event: 'problem', data: { code: 'UNAUTHENTICATED' } });
});

test('a HEAD of a stream holds nothing, and a client that goes away is forgotten', async () => {
  const head = await api.send('HEAD', '/api/v1/events', { headers: { accept: 'text/event-stream' } });
  expect([head.status, head.text]).toEqual([200, '']);
  {
    await using stream = reader('/api/v1/events');
    await expect.poll(() => stream.comments).toBeGreaterThan(0);
  }
  expect((await api.send('GET', '/api/v1/agents')).status).toBe(200);
});
