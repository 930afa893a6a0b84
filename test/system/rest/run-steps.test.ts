import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../fixtures/open-api.ts';
import { EventReader, type RestApi, restApi } from '../../fixtures/rest-api.ts';

let api: RestApi;
beforeAll(async () => {
  api = await restApi({ work: true });
});
afterAll(() => api[Symbol.asyncDispose]());

const reader = (path: string, headers: Record<string, string> = {}) =>
  new EventReader(api.app.url + path, { authorization: `Bearer ${api.app.key}`, ...headers });

async function finished(id: string): Promise<void> {
  await expect
    .poll(async () => (await api.send('GET', `/api/v1/tasks/${id}`)).body.status, { timeout: 30_000 })
    .toBe('completed');
}

async function allSteps(id: string, limit: number): Promise<Json[]> {
  const steps: Json[] = [];
  let next: string | null = `/api/v1/tasks/${id}/steps?limit=${limit}`;
  while (next !== null) {
    const { headers, body }: { headers: Headers; body: Json } = await api.send('GET', next);
    steps.push(...body.data);
    next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? null;
  }
  return steps;
}

test("the steps of a task's agent are watched as they happen, and read in pages afterwards", async () => {
  const { id } = await api.createTask({ title: 'Write the report', agent: 'assistant' });
  await using stream = reader(`/api/v1/tasks/${id}/steps`);
  const response = await stream.response;
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  await finished(id);
  const steps = await allSteps(id, 3);
  expect(steps.length).toBeGreaterThan(4);
  await expect.poll(() => stream.messages.map(({ data }) => data)).toEqual(steps);
  expect(stream.messages.map((message) => message.id)).toEqual(steps.map(({ cursor }) => cursor));
  expect(steps.map(({ seq }) => seq)).toEqual(steps.map((_step, index) => index + 1));
  for (const { data } of stream.messages) {
    expect(api.openApi.faultOf('/components/schemas/RunStep', data)).toBeUndefined();
  }
  const answer = steps.find(({ type }) => type === 'assistant');
  expect(Object.keys(answer.data).sort()).toEqual(['finish_reason', 'text', 'tool_calls', 'usage']);
  const result = steps.find(({ type }) => type === 'tool_result');
  expect(result.data).toMatchObject({ tool_call_id: expect.any(String), is_error: false });
  const { data } = await api.app.ask<Json>(
    'query($id: ID!) { task(id: $id) { runs { steps { cursor seq } } } }',
    { id },
  );
  expect(data.task.runs.flatMap((run: Json) => run.steps)).toEqual(
    steps.map(({ cursor, seq }) => ({ cursor, seq })),
  );
});

test('a stream of steps that is disconnected repeatedly resumes after the last step received', async () => {
  const { id } = await api.createTask({ title: 'A slow report', agent: 'assistant' });
  const path = `/api/v1/tasks/${id}/steps`;
  const seen: Json[] = [];
  let last = '0';
  let connections = 0;
  let isFinished = false;
  const finishing = finished(id).then(async () => {
    isFinished = true;
    return allSteps(id, 100);
  });
  while (!isFinished || seen.at(-1)?.cursor !== (await finishing).at(-1)?.cursor) {
    await using stream = reader(path, { 'last-event-id': last });
    connections += 1;
    await expect
      .poll(() => stream.messages.length > 0 || isFinished, { timeout: 30_000, interval: 5 })
      .toBe(true);
    for (const { id: cursor, data } of stream.messages) {
      seen.push(data);
      last = cursor ?? last;
    }
  }
  expect(connections).toBeGreaterThan(3);
  expect(seen).toEqual(await finishing);
}, 60_000);

test('an invalid cursor and a missing task are refused, for pages and for streams', async () => {
  const { id } = await api.createTask();
  expect((await api.send('GET', `/api/v1/tasks/${id}/steps`)).body).toEqual({ data: [], next_cursor: null });
  for (const cursor of ['x', '-1', '1', '1.', '1.x', '9999999999.1']) {
    const { status, body } = await api.send('GET', `/api/v1/tasks/${id}/steps?cursor=${cursor}`);
    expect([status, body.code], cursor).toEqual([400, 'BAD_CURSOR']);
  }
  const headers = { accept: 'text/event-stream' };
  const bad = await api.send('GET', `/api/v1/tasks/${id}/steps`, {
    headers: { ...headers, 'last-event-id': 'nonsense' },
  });
  expect([bad.status, bad.body.code]).toEqual([400, 'BAD_CURSOR']);
  const missing = '/api/v1/tasks/task_01kavh8xa3f0ytqc2w4s0jxm7e/steps';
  expect((await api.send('GET', missing)).status).toBe(404);
  expect((await api.send('GET', missing, { headers })).status).toBe(404);
});

test('a revoked key loses its stream of steps, and is sent the reason', async () => {
  const { data } = await api.app.ask<Json>(
    'mutation { createApiKey(input: { name: "soon gone", role: VIEWER }) { ... on CreateApiKeyPayload { secret apiKey { id } } } }',
  );
  const { secret, apiKey } = data.createApiKey;
  const { id } = await api.createTask();
  await using stream = reader(`/api/v1/tasks/${id}/steps`, { authorization: `Bearer ${secret}` });
  await expect.poll(() => stream.lastEventId).toBe('0');
  await api.app.ask(`mutation { revokeApiKey(input: { id: "${apiKey.id}" }) { __typename } }`);
  await stream.ended;
  expect(stream.messages).toMatchObject([{ event: 'problem', data: { code: 'UNAUTHENTICATED' } }]);
});
