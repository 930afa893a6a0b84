import { afterAll, beforeAll, expect, test } from 'vitest';
import { completeTask } from '../../../src/tasks/commands/complete.ts';
import { requestInput } from '../../../src/tasks/commands/request-input.ts';
import { startTask } from '../../../src/tasks/commands/start.ts';
import type { Json } from '../../fixtures/open-api.ts';
import { type RestApi, restApi } from '../../fixtures/rest-api.ts';
import { person } from '../../fixtures/tasks.ts';

let api: RestApi;
beforeAll(async () => {
  api = await restApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const ada = person('Ada');

test('creating a task returns 201 with its Location and the task', async () => {
  const { status, headers, body } = await api.send('POST', '/api/v1/tasks', {
    body: {
      title: 'Write the report',
      description: 'All of it',
      agent: 'assistant',
      priority: -7,
      not_before: '2999-01-01T02:00:00+02:00',
      source: 'dashboard',
      reason: 'It is the end of the month',
    },
  });
  expect(status).toBe(201);
  expect(headers.get('location')).toBe(`/api/v1/tasks/${body.id}`);
  expect(body).toMatchObject({
    title: 'Write the report',
    description: 'All of it',
    status: 'pending',
    reason: 'not_before',
    source: 'dashboard',
    agent: 'assistant',
    priority: -7,
    not_before: '2999-01-01T00:00:00.000Z',
    result: null,
    error: null,
    input_request: null,
    allowed_transitions: ['in_progress', 'cancelled'],
    parent_id: null,
    version: 1,
    started_at: null,
    finished_at: null,
  });
  const found = await api.send('GET', headers.get('location') ?? '');
  expect(found.body).toEqual(body);
  const child = await api.createTask({ parent_id: body.id });
  expect(child.parent_id).toBe(body.id);
});

test('an invalid task is refused with a pointer for each problem, in the names that the caller used', async () => {
  const { status, body } = await api.send('POST', '/api/v1/tasks', {
    body: {
      title: '',
      priority: 1.5,
      parent_id: 7,
      notBefore: 'x',
      not_before: 'tomorrow',
      agent: 'assistant',
    },
  });
  expect(status).toBe(422);
  expect(body.code).toBe('VALIDATION');
  expect(body.errors.map(({ pointer }: Json) => pointer).sort()).toEqual([
    '/notBefore',
    '/not_before',
    '/parent_id',
    '/priority',
    '/title',
  ]);
  const deeper = await api.send('POST', '/api/v1/tasks', {
    body: { title: ' ', not_before: '0001-01-01T00:00:00Z' },
  });
  expect(deeper.body.errors.map(({ pointer }: Json) => pointer)).toEqual(['/title', '/not_before']);
  const agent = await api.send('POST', '/api/v1/tasks', { body: { title: 'x', agent: 'nobody' } });
  expect([agent.status, agent.body.errors[0].pointer]).toEqual([422, '/agent']);
  const parent = await api.send('POST', '/api/v1/tasks', {
    body: { title: 'x', parent_id: 'task_01kavh8xa3f0ytqc2w4s0jxm7e' },
  });
  expect([parent.status, parent.body.errors[0].pointer]).toEqual([422, '/parent_id']);
  const missing = await api.send('POST', '/api/v1/tasks', { body: {} });
  expect(missing.body.errors).toEqual([{ pointer: '/title', message: 'is missing' }]);
});

test('a list is narrowed by status, agent, source, text and moment, repeated or separated by commas', async () => {
  const marker = `marker-${Math.random().toString(36).slice(2)}`;
  const tracked = await api.createTask({ title: `${marker} tracked`, source: 'dashboard' });
  const waiting = await api.createTask({ title: `${marker} waiting`, agent: 'assistant' });
  const over = await api.createTask({ title: 'over', description: marker });
  await api.send('DELETE', `/api/v1/tasks/${over.id}`);
  const ids = async (query: string): Promise<string[]> => {
    const { status, body } = await api.send('GET', `/api/v1/tasks?q=${marker.toUpperCase()}&${query}`);
    expect(status).toBe(200);
    return body.data.map(({ id }: Json) => id);
  };
  expect(await ids('')).toEqual([over.id, waiting.id, tracked.id]);
  expect(await ids('status=cancelled')).toEqual([over.id]);
  expect(await ids('status=cancelled,pending')).toEqual([over.id, waiting.id, tracked.id]);
  expect(await ids('status=cancelled&status=pending')).toEqual([over.id, waiting.id, tracked.id]);
  expect(await ids('agent=assistant')).toEqual([waiting.id]);
  expect(await ids('source=dashboard')).toEqual([tracked.id]);
  expect(await ids(`created_after=${waiting.created_at}`)).not.toContain(tracked.id);
  expect(await ids('created_before=2000-01-01T00:00:00%2B02:00')).toEqual([]);
});

test('pages are whole and stable while tasks are made', async () => {
  const marker = `pages-${Math.random().toString(36).slice(2)}`;
  const made: string[] = [];
  for (let n = 0; n < 12; n += 1) made.unshift((await api.createTask({ title: `${marker} ${n}` })).id);
  const seen: string[] = [];
  let next: string | null = `/api/v1/tasks?limit=5&q=${marker}`;
  while (next !== null) {
    const { headers, body }: { headers: Headers; body: Json } = await api.send('GET', next);
    seen.push(...body.data.map(({ id }: Json) => id));
    const link: string | undefined = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    expect(link === undefined).toBe(body.next_cursor === null);
    if (link) expect(new URL(link, api.app.url).searchParams.get('cursor')).toBe(body.next_cursor);
    await api.createTask({ title: `${marker} made meanwhile` });
    next = link ?? null;
  }
  expect(seen).toEqual(made);
  for (const cursor of ['nonsense', '0', 'W10', Buffer.from('["priority",1,"x"]').toString('base64url')]) {
    const { status, body } = await api.send('GET', `/api/v1/tasks?cursor=${cursor}`);
    expect([status, body.code], cursor).toEqual([400, 'BAD_CURSOR']);
  }
});

test('wrong parameters are named, and none is ignored', async () => {
  for (const [query, parameter] of [
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=5&limit=6', 'limit'],
    ['status=DONE', 'status'],
    ['status=', 'status'],
    ['source=cron,nowhere', 'source'],
    ['created_after=yesterday', 'created_after'],
    ['statsu=pending', 'statsu'],
    ['q=%00', 'q'],
    ['__proto__=1', '__proto__'],
  ]) {
    const { status, body } = await api.send('GET', `/api/v1/tasks?${query}`);
    expect([status, body.errors?.[0]?.parameter], query).toEqual([422, parameter]);
  }
});

test('a task that has not changed is not sent again', async () => {
  const { id } = await api.createTask();
  const first = await api.send('GET', `/api/v1/tasks/${id}`);
  const etag = first.headers.get('etag') ?? '';
  expect(etag).toMatch(/^"1\.[\w-]{22}"$/);
  expect(first.headers.get('cache-control')).toBe('private, no-cache');
  for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const same = await api.send('GET', `/api/v1/tasks/${id}`, { headers: { 'if-none-match': header } });
    expect([same.status, same.text, same.headers.get('etag')], header).toEqual([304, '', etag]);
  }
  await api.send('PATCH', `/api/v1/tasks/${id}`, { body: { title: 'Another' } });
  const changed = await api.send('GET', `/api/v1/tasks/${id}`, { headers: { 'if-none-match': etag } });
  expect([changed.status, changed.body.title, changed.body.version]).toEqual([200, 'Another', 2]);
  expect(changed.headers.get('etag')).not.toBe(etag);
});

test('a change names what it was decided on, by If-Match or by version, and fails when that has changed', async () => {
  const { id } = await api.createTask();
  const path = `/api/v1/tasks/${id}`;
  const etag = (await api.send('GET', path)).headers.get('etag') ?? '';
  const changed = await api.send('PATCH', path, {
    body: { priority: 3, not_before: null },
    headers: { 'if-match': etag },
  });
  expect([changed.status, changed.body.priority, changed.body.version]).toEqual([200, 3, 2]);
  expect((await api.send('GET', path)).headers.get('etag')).toBe(changed.headers.get('etag'));

  for (const header of [etag, '"nonsense"', `W/${changed.headers.get('etag')}`]) {
    const stale = await api.send('PATCH', path, { body: { priority: 4 }, headers: { 'if-match': header } });
    expect([stale.status, stale.body.code, stale.body.current_version], header).toEqual([
      412,
      'PRECONDITION_FAILED',
      2,
    ]);
  }
  const cancel = await api.send('DELETE', path, { headers: { 'if-match': etag } });
  expect(cancel.status).toBe(412);
  const version = await api.send('PATCH', path, { body: { priority: 4, expected_version: 1 } });
  expect([version.status, version.body.code, version.body.current_version]).toEqual([
    409,
    'VERSION_CONFLICT',
    2,
  ]);
  const any = await api.send('PATCH', path, {
    body: { priority: 4, expected_version: 2 },
    headers: { 'if-match': '*' },
  });
  expect([any.status, any.body.version]).toEqual([200, 3]);
  const nothing = await api.send('PATCH', path, { body: {} });
  expect(nothing.status).toBe(422);
});

test('of many changes at once on the same ETag one is made', async () => {
  const { id } = await api.createTask();
  const path = `/api/v1/tasks/${id}`;
  const etag = (await api.send('GET', path)).headers.get('etag') ?? '';
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      api.send('PATCH', path, { body: { priority: n + 1 }, headers: { 'if-match': etag } }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(412)]);
});

test('a cancellation is recorded once, and refused for a final task', async () => {
  const { id } = await api.createTask();
  const cancelled = await api.send('POST', `/api/v1/tasks/${id}/cancel`, { body: { reason: 'Not needed' } });
  expect([cancelled.status, cancelled.body.status, cancelled.body.allowed_transitions]).toEqual([
    200,
    'cancelled',
    [],
  ]);
  const again = await api.send('DELETE', `/api/v1/tasks/${id}`);
  expect(again.status).toBe(409);
  expect(again.body).toMatchObject({
    code: 'ILLEGAL_TRANSITION',
    from: 'cancelled',
    to: 'cancelled',
    allowed: [],
  });
  const other = await api.createTask();
  expect((await api.send('DELETE', `/api/v1/tasks/${other.id}`)).body.status).toBe('cancelled');
  const third = await api.createTask();
  expect((await api.send('POST', `/api/v1/tasks/${third.id}/cancel`)).body.status, 'without a body').toBe(
    'cancelled',
  );
  const { body } = await api.send('GET', `/api/v1/tasks/${id}/events`);
  expect(body.data.map(({ type, reason }: Json) => [type, reason])).toEqual([
    ['task.created', null],
    ['task.cancelled', 'Not needed'],
  ]);
});

test('a question is shown with the task, answered once, and only while it is asked', async () => {
  const { tasks } = api.app.app;
  const { id } = await api.createTask();
  const early = await api.send('POST', `/api/v1/tasks/${id}/input`, { body: { answer: 'x' } });
  expect([early.status, early.body.code]).toEqual([409, 'NOT_WAITING']);
  await startTask(tasks, ada, { id });
  await requestInput(tasks, ada, { id, question: 'Which quarter?' });
  const { body: waiting } = await api.send('GET', `/api/v1/tasks/${id}`);
  expect(waiting).toMatchObject({
    status: 'needs_input',
    reason: 'waiting_for_input',
    input_request: { question: 'Which quarter?' },
  });
  const other = await api.send('POST', `/api/v1/tasks/${id}/input`, {
    body: { answer: 1, input_request_id: 'inp_other' },
  });
  expect([other.status, other.body.code]).toEqual([409, 'NOT_WAITING']);
  for (const body of [{}, { input_request_id: waiting.input_request.id }]) {
    const missing = await api.send('POST', `/api/v1/tasks/${id}/input`, { body });
    expect([missing.status, missing.body.errors[0].pointer]).toEqual([422, '/answer']);
  }
  const answer = { quarter: 3, camelCase: [null, true, { 'a b': 'ü' }] };
  const answered = await api.send('POST', `/api/v1/tasks/${id}/input`, {
    body: { answer, input_request_id: waiting.input_request.id },
  });
  expect([answered.status, answered.body.status, answered.body.input_request]).toEqual([
    200,
    'in_progress',
    null,
  ]);
  const { body: history } = await api.send('GET', `/api/v1/tasks/${id}/events`);
  expect(history.data.at(-1).data).toEqual({ input_request_id: waiting.input_request.id, answer });
});

test('a final task is tried again as a new one', async () => {
  const { tasks } = api.app.app;
  const { id } = await api.createTask({ title: 'Try', priority: 9 });
  const early = await api.send('POST', `/api/v1/tasks/${id}/retry`);
  expect([early.status, early.body.code, early.body.from]).toEqual([409, 'ILLEGAL_TRANSITION', 'pending']);
  await startTask(tasks, ada, { id });
  await completeTask(tasks, ada, { id, result: { text: 'done' } });
  const { status, headers, body } = await api.send('POST', `/api/v1/tasks/${id}/retry`, {
    body: { reason: 'Once more' },
  });
  expect(status).toBe(201);
  expect(headers.get('location')).toBe(`/api/v1/tasks/${body.id}`);
  expect(body).toMatchObject({ title: 'Try', priority: 9, retry_of: id, status: 'pending' });
  expect((await api.send('GET', `/api/v1/tasks/${id}`)).body).toMatchObject({
    status: 'completed',
    result: { text: 'done' },
  });
});

test('agents are listed as they are configured', async () => {
  const { body } = await api.send('GET', '/api/v1/agents');
  expect(body).toEqual({
    data: [{ name: 'assistant', model: expect.any(String), tools: ['manage_tasks'], is_demo: true }],
    next_cursor: null,
  });
});
