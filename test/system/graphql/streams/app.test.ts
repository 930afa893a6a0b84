import { expect, test, vi } from 'vitest';
import { type TestApp, testApp } from '../../../fixtures/app.ts';
import { eventually } from '../../../fixtures/eventually.ts';
import { TestEvents, TestSocket } from '../../../fixtures/stream-clients.ts';

const EVENTS = `subscription($after: String, $filter: TaskEventFilter) {
  taskEvents(after: $after, filter: $filter) { cursor seq type from to task { id status } }
}`;
const CREATE = `mutation($input: CreateTaskInput!) {
  createTask(input: $input) { ... on CreateTaskPayload { task { id } } ... on Error { message } }
}`;

const portOf = ({ url }: TestApp): number => Number(new URL(url).port);

async function createTask(app: TestApp, input: Record<string, unknown>): Promise<string> {
  const { data } = await app.ask<{ createTask: { task: { id: string } } }>(CREATE, { input });
  return data?.createTask.task.id ?? '';
}

test('a task that an agent works on is watched live over a socket and over SSE, on the instance that made it and on another', async () => {
  await using first = await testApp();
  await using second = await testApp({ work: false, databaseUrl: first.databaseUrl });
  const socket = await new TestSocket(portOf(first)).init(first.key);
  const elsewhere = await new TestSocket(portOf(second)).init(first.key);
  const events = new TestEvents(portOf(second), EVENTS, { after: '0' }, first.key);
  for (const each of [socket, elsewhere]) each.subscribe('events', EVENTS, { after: '0' });
  const id = await createTask(first, { title: 'Write the report', agent: 'assistant' });
  for (const each of [socket, elsewhere]) {
    each.subscribe('task', 'subscription($id: ID!) { task(id: $id) { status version result } }', { id });
    each.subscribe(
      'steps',
      'subscription($id: ID!) { runSteps(taskId: $id, after: "0") { cursor run seq type } }',
      { id },
    );
  }
  const types = ['TASK_CREATED', 'TASK_STARTED', 'TASK_COMPLETED'];
  for (const each of [socket, elsewhere]) {
    await each.until(() => each.of('events').length === types.length);
    const seen = each.of('events').map(({ payload }) => payload.data.taskEvents);
    expect(seen.map(({ type }) => type)).toEqual(types);
    expect(seen.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(seen.at(-1).task).toEqual({ id, status: 'COMPLETED' });
    await each.until(() => each.of('task').at(-1)?.payload.data?.task.status === 'COMPLETED');
    await each.until(() =>
      each.of('steps').some(({ payload }) => payload.data?.runSteps.type === 'ASSISTANT'),
    );
    const steps = each.of('steps').map(({ payload }) => payload.data.runSteps.seq);
    expect(steps).toEqual(steps.map((_seq, index) => index + 1));
  }
  await eventually(() => expect(events.results.map(({ data }) => data.taskEvents.type)).toEqual(types));
  for (const each of [socket, elsewhere, events]) each.close();
});

test('a revoked key ends its streams within five seconds, on every instance and both transports', async () => {
  await using first = await testApp({ work: false });
  await using second = await testApp({ work: false, databaseUrl: first.databaseUrl });
  const { data } = await first.ask<{ createApiKey: { secret: string; apiKey: { id: string } } }>(
    `mutation { createApiKey(input: { name: "eve", role: MEMBER }) { ... on CreateApiKeyPayload { secret apiKey { id } } } }`,
  );
  const { secret = '', apiKey } = data?.createApiKey ?? {};
  const sockets = await Promise.all([first, second].map((app) => new TestSocket(portOf(app)).init(secret)));
  const streams = [first, second].map((app) => new TestEvents(portOf(app), EVENTS, {}, secret));
  for (const socket of sockets) {
    expect(socket.closed).toBeUndefined();
    socket.subscribe('1', EVENTS);
  }
  await eventually(() => expect(streams.every(({ isOpen }) => isOpen)).toBe(true));
  const revokedMs = performance.now();
  const { errors } = await first.ask(
    `mutation($id: ID!) { revokeApiKey(input: { id: $id }) { __typename } }`,
    { id: apiKey?.id },
  );
  expect(errors).toBeUndefined();
  for (const socket of sockets) {
    await socket.until(() => socket.closed);
    expect(socket.closed?.code).toBe(4403);
    expect(socket.of('1')).toMatchObject([
      { type: 'error', payload: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    ]);
  }
  await vi.waitFor(() => expect(streams.every(({ isEnded }) => isEnded)).toBe(true), { timeout: 5_000 });
  for (const { results } of streams) {
    expect(results).toMatchObject([{ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }]);
  }
  expect(performance.now() - revokedMs).toBeLessThan(5_000);
});

test('over a socket the same limits hold as over HTTP, each for its own id, and queries and mutations are answered', async () => {
  await using app = await testApp({ work: false });
  const socket = await new TestSocket(portOf(app)).init(app.key);
  const bad = {
    deep: `{ ${'node(id:"x"){id '.repeat(200)}${'}'.repeat(200)} }`,
    aliases: `{ ${Array.from({ length: 100 }, (_, n) => `a${n}: viewer { role }`).join(' ')} }`,
    tokens: `{ ${'__typename '.repeat(20_000)} }`,
    costly: `{ tasks(first: 100) { nodes { subtasks { subtasks { subtasks { subtasks { id } } } } } } }`,
    unknown: 'subscription { nothing }',
    missing: 'subscription { task(id: "task_00000000000000000000000000") { id } }',
    nonsense: 'subscription { taskEvents(after: "nonsense") { cursor } }',
  };
  for (const [id, query] of Object.entries(bad)) {
    socket.subscribe(id, query);
    await socket.until(() => socket.of(id).length > 0);
    const [first] = socket.of(id);
    const errors = first?.type === 'error' ? first.payload : first?.payload.errors;
    expect(errors ?? [], `${id}: ${JSON.stringify(first).slice(0, 300)}`).not.toEqual([]);
    expect(errors[0].extensions?.code, `${id}: ${errors[0].message}`).not.toBe('INTERNAL');
  }
  socket.subscribe('create', CREATE, { input: { title: 'Over a socket' } });
  await socket.until(() => socket.of('create').some(({ type }) => type === 'complete'));
  expect(socket.of('create')[0]?.payload.data.createTask.task.id).toMatch(/^task_/);
  expect(socket.closed).toBeUndefined();
  socket.close();
});

test('a server that stops ends its streams with an error, and closes their sockets', async () => {
  const app = await testApp({ work: false });
  const socket = await new TestSocket(portOf(app)).init(app.key);
  socket.subscribe('1', EVENTS);
  const events = new TestEvents(portOf(app), EVENTS, {}, app.key);
  await eventually(() => expect(events.isOpen).toBe(true));
  socket.subscribe('ready', '{ __typename }');
  await socket.until(() => socket.of('ready').length > 0);
  await app[Symbol.asyncDispose]();
  await socket.until(() => socket.closed);
  expect(socket.closed?.code).toBe(1001);
  expect(socket.of('1')).toMatchObject([
    { type: 'error', payload: [{ extensions: { code: 'UNAVAILABLE' } }] },
  ]);
  await eventually(() => expect(events.isEnded).toBe(true));
  expect(events.results).toMatchObject([{ errors: [{ extensions: { code: 'UNAVAILABLE' } }] }]);
});
