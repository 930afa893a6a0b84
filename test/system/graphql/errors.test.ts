import { expect, test } from 'vitest';
import { newId } from '../../../src/core/ids.ts';
import { type TestApi, testApi } from '../../fixtures/graphql-api.ts';

/** Inside of the interface each error may be named, also those that a mutation never gives. */
const ERROR_FIELDS = `
  __typename
  ... on Error {
    code
    message
    ... on ValidationError { issues { path message } }
    ... on IllegalTransitionError { from to allowed }
    ... on ConflictError { currentVersion heldBy }
  }
`;

async function mutate(api: TestApi, name: string, input: Record<string, unknown>, key?: string) {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const { data, errors } = await api.ask(
    `mutation ($input: ${type}Input!) { ${name}(input: $input) { ${ERROR_FIELDS}
      ... on ${type}Payload { task { id status version allowedTransitions inputRequest { id } } } } }`,
    { input },
    key,
  );
  expect(errors).toBeUndefined();
  return data[name];
}

test('each refusal has its own type, with the fields needed to continue', async () => {
  await using api = await testApi();
  const { task } = await mutate(api, 'createTask', { title: 'count the chairs' });
  expect(await mutate(api, 'createTask', { title: '' })).toMatchObject({
    __typename: 'ValidationError',
    code: 'VALIDATION',
    issues: [{ path: ['title'] }],
  });
  expect(await mutate(api, 'createTask', { title: 'x', agent: 'nobody' })).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ path: ['agent'], message: expect.stringContaining('assistant') }],
  });
  for (const id of [newId('task'), 'task_x', '', 'run_01jdxxxxxxxxxxxxxxxxxxxxxx', "'; drop table tasks"]) {
    expect(await mutate(api, 'cancelTask', { id }), id).toMatchObject({
      __typename: 'NotFoundError',
      code: 'NOT_FOUND',
    });
  }
  expect(await mutate(api, 'cancelTask', { id: task.id }, 'viewer')).toMatchObject({
    __typename: 'ForbiddenError',
    code: 'FORBIDDEN',
  });
  expect(await mutate(api, 'completeTask', { id: task.id })).toMatchObject({
    __typename: 'IllegalTransitionError',
    from: 'PENDING',
    to: 'COMPLETED',
    allowed: ['IN_PROGRESS', 'CANCELLED'],
  });
  expect(await mutate(api, 'startTask', { id: task.id, expectedVersion: 7 })).toMatchObject({
    __typename: 'ConflictError',
    code: 'VERSION_CONFLICT',
    currentVersion: 1,
    heldBy: null,
  });
  expect(await mutate(api, 'provideTaskInput', { id: task.id, answer: 'yes' })).toMatchObject({
    __typename: 'ConflictError',
    code: 'NOT_WAITING',
  });
  const given = await mutate(api, 'createTask', { title: 'for an agent', agent: 'assistant' });
  expect(await mutate(api, 'startTask', { id: given.task.id })).toMatchObject({
    code: 'LEASE_HELD',
    heldBy: 'Agent assistant',
  });
  const first = await mutate(api, 'createTask', { title: 'one', idempotencyKey: 'k' });
  expect(await mutate(api, 'createTask', { title: 'one', idempotencyKey: 'k' })).toEqual(first);
  expect(await mutate(api, 'createTask', { title: 'two', idempotencyKey: 'k' })).toMatchObject({
    __typename: 'ConflictError',
    code: 'IDEMPOTENCY_KEY_REUSED',
  });
});

test('a task goes through all its statuses, and each answer has the allowed transitions', async () => {
  await using api = await testApi();
  const { task } = await mutate(api, 'createTask', { title: 'ask me' });
  const move = (name: string, input = {}) => mutate(api, name, { id: task.id, ...input });
  expect((await move('startTask')).task.allowedTransitions).toEqual([
    'COMPLETED',
    'FAILED',
    'NEEDS_INPUT',
    'CANCELLED',
  ]);
  const asked = await move('requestTaskInput', { question: 'Which quarter?' });
  expect(asked.task).toMatchObject({
    status: 'NEEDS_INPUT',
    allowedTransitions: ['IN_PROGRESS', 'CANCELLED'],
  });
  const wrong = { inputRequestId: newId('inputRequest'), answer: { quarter: 3 } };
  expect(await move('provideTaskInput', wrong)).toMatchObject({ code: 'NOT_WAITING' });
  const answer = { inputRequestId: asked.task.inputRequest.id, answer: { quarter: 3 } };
  expect((await move('provideTaskInput', answer)).task).toMatchObject({ status: 'IN_PROGRESS' });
  expect(await move('provideTaskInput', answer)).toMatchObject({ code: 'NOT_WAITING' });
  expect((await move('completeTask', { result: [1, { deep: true }] })).task).toMatchObject({
    status: 'COMPLETED',
    version: 5,
    allowedTransitions: [],
  });
  const retried = await move('retryTask');
  expect(retried.task.id).not.toBe(task.id);
  await api.settled();
  const { data } = await api.ask(
    `query ($id: ID!) { task(id: $id) { result retries { id retryOf { id } } history { nodes { id seq cursor type from to
      actor { kind id name } data task { status } } pageInfo { hasNextPage hasPreviousPage } } } }`,
    { id: task.id },
  );
  expect(data.task.result).toEqual([1, { deep: true }]);
  expect(data.task.retries).toEqual([{ id: retried.task.id, retryOf: { id: task.id } }]);
  expect(data.task.history.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false });
  expect(
    data.task.history.nodes.map((event: { seq: number; type: string }) => [event.seq, event.type]),
  ).toEqual([
    [1, 'TASK_CREATED'],
    [2, 'TASK_STARTED'],
    [3, 'TASK_INPUT_REQUESTED'],
    [4, 'TASK_INPUT_PROVIDED'],
    [5, 'TASK_COMPLETED'],
  ]);
  expect(data.task.history.nodes[3]).toMatchObject({
    from: 'NEEDS_INPUT',
    to: 'IN_PROGRESS',
    actor: { kind: 'PERSON', name: 'Mia', id: api.callers.member.keyId },
    data: { answer: { quarter: 3 } },
    task: { status: 'COMPLETED' },
  });
});

test('a mutation shows what it changed, also after an earlier one in the same operation has read it', async () => {
  await using api = await testApi();
  const { task: parent } = await mutate(api, 'createTask', { title: 'the whole' });
  const { task: part } = await mutate(api, 'createTask', { title: 'a part', parentId: parent.id });
  const { data, errors } = await api.ask(
    `mutation ($parent: ID!, $part: ID!) {
      first: updateTask(input: { id: $part, priority: 1 }) { ...Shown }
      cancelTask(input: { id: $parent }) { __typename }
      second: updateTask(input: { id: $part, priority: 2 }) { ...Shown }
    }
    fragment Shown on UpdateTaskPayload { task { priority parent { status } } }`,
    { parent: parent.id, part: part.id },
  );
  expect(errors).toBeUndefined();
  expect(data.first.task).toEqual({ priority: 1, parent: { status: 'PENDING' } });
  expect(data.second.task).toEqual({ priority: 2, parent: { status: 'CANCELLED' } });
});

test('node finds any object by its id, and returns null for an invalid id', async () => {
  await using api = await testApi();
  const { task } = await mutate(api, 'createTask', { title: 'find me' });
  await mutate(api, 'startTask', { id: task.id });
  const { task: asking } = await mutate(api, 'requestTaskInput', { id: task.id, question: 'Where?' });
  await api.settled();
  const { data: events } = await api.ask('{ taskEvents(first: 1) { nodes { id } } }');
  const ids = [task.id, events.taskEvents.nodes[0].id, asking.inputRequest.id];
  const strange = ['', 'x', 'task_x', newId('task'), newId('run'), newId('worker'), 'evt_x', 'VGFzazox'];
  const { data, errors } = await api.ask(
    'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Task { title } } }',
    { ids: [...ids, ...strange] },
  );
  expect(errors).toBeUndefined();
  expect(data.nodes.slice(0, 3)).toMatchObject([
    { __typename: 'Task', id: ids[0], title: 'find me' },
    { __typename: 'TaskEvent', id: ids[1] },
    { __typename: 'InputRequest', id: ids[2] },
  ]);
  expect(data.nodes.slice(3)).toEqual(strange.map(() => null));
  for (const id of strange) {
    expect(await api.ask('query ($id: ID!) { node(id: $id) { id } }', { id }), id).toMatchObject({
      data: { node: null },
      errors: undefined,
    });
  }
});

test('an unexpected error is masked, and logged complete under the id that is shown', async () => {
  await using api = await testApi();
  await api.pool.query('alter table task_counters rename to elsewhere');
  const { data, errors } = await api.ask('{ taskStats { total } }');
  expect(data ?? null).toBeNull();
  const [error] = errors ?? [];
  expect(error.extensions.code).toBe('INTERNAL');
  expect(JSON.stringify(errors)).not.toMatch(/task_counters|select|relation/);
  expect(error.message).toContain(error.extensions.errorId);
  const line = api.logged.find(({ errorId }) => errorId === error.extensions.errorId);
  expect(line).toMatchObject({ err: { message: expect.stringContaining('task_counters') } });
});

test('every top-level error has a code', async () => {
  await using api = await testApi();
  const codes: Record<string, string> = {};
  for (const [name, query, variables] of [
    ['syntax', '{ tasks('],
    ['an unknown field', '{ nothing }'],
    ['a variable of the wrong type', 'query ($n: Int) { tasks(first: $n) { nodes { id } } }', { n: 'many' }],
    ['a missing variable', 'query ($id: ID!) { task(id: $id) { id } }'],
    [
      'a bad moment',
      'query ($d: DateTime) { tasks(filter: { createdAfter: $d }) { nodes { id } } }',
      { d: 'soon' },
    ],
    ['no operation', 'fragment F on Task { id }'],
    ['an operation that is not there', 'query A { __typename } query B { __typename }'],
    ['a bad cursor', '{ taskEvents(after: "x") { nodes { id } } }'],
  ] as [string, string, object?][]) {
    const { errors } = await api.ask(query, variables as Record<string, unknown>);
    codes[name] = errors?.[0].extensions?.code;
  }
  expect(codes).toMatchInlineSnapshot(`
    {
      "a bad cursor": "BAD_CURSOR",
      "a bad moment": "BAD_USER_INPUT",
      "a missing variable": "BAD_USER_INPUT",
      "a variable of the wrong type": "BAD_USER_INPUT",
      "an operation that is not there": "OPERATION_RESOLUTION_FAILURE",
      "an unknown field": "GRAPHQL_VALIDATION_FAILED",
      "no operation": "OPERATION_RESOLUTION_FAILURE",
      "syntax": "GRAPHQL_PARSE_FAILED",
    }
  `);
});

test('a subscription over server-sent events sends missed events and then live ones', async () => {
  await using api = await testApi();
  await mutate(api, 'createTask', { title: 'before' });
  await api.settled();
  const response = await api.send({
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: 'subscription { taskEvents(after: "0") { type task { title } } }' }),
  });
  expect(response.headers.get('content-type')).toMatch('text/event-stream');
  let text = '';
  const decoder = new TextDecoder();
  let created = false;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes('before') && !created) {
      created = true;
      await mutate(api, 'createTask', { title: 'after' });
    }
    if (text.includes('"after"')) break;
  }
  expect(text).toContain('event: next');
});
