import { expect, test } from 'vitest';
import { newId } from '../../../src/core/ids.ts';
import { type TestApi, testApi } from '../../fixtures/graphql-api.ts';

interface Result {
  readonly __typename: string;
  readonly code?: string;
  readonly allowed?: string[];
  readonly task?: { readonly id: string; readonly status: string; readonly version: number };
}

async function mutate(
  api: TestApi,
  name: string,
  input: Record<string, unknown>,
  key = 'member',
): Promise<Result> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const { data, errors } = await api.ask(
    `mutation ($input: ${type}Input!) { ${name}(input: $input) { __typename
      ... on ${type}Payload { task { id status version } }
      ... on Error { code ... on IllegalTransitionError { allowed } } } }`,
    { input },
    key,
  );
  expect(errors, name).toBeUndefined();
  return data[name];
}

/** What each mutation of a task takes besides its id, and which status it moves a task from. */
const MOVES = {
  updateTask: { input: { title: 'another title' }, from: 'PENDING', to: 'PENDING' },
  startTask: { input: {}, from: 'PENDING', to: 'IN_PROGRESS' },
  completeTask: { input: { result: { sum: 42 } }, from: 'IN_PROGRESS', to: 'COMPLETED' },
  failTask: { input: { code: 'out_of_paper', message: 'No paper.' }, from: 'IN_PROGRESS', to: 'FAILED' },
  requestTaskInput: { input: { question: 'Which?' }, from: 'IN_PROGRESS', to: 'NEEDS_INPUT' },
  provideTaskInput: { input: { answer: 'This one' }, from: 'NEEDS_INPUT', to: 'IN_PROGRESS' },
  cancelTask: { input: {}, from: 'PENDING', to: 'CANCELLED' },
  retryTask: { input: {}, from: 'CANCELLED', to: 'PENDING' },
} as const;
const NAMES = Object.keys(MOVES) as (keyof typeof MOVES)[];

/** A task that stands in the given status, by the moves that lead there. */
async function taskIn(api: TestApi, status: string): Promise<{ id: string; version: number }> {
  const ways: Record<string, readonly (keyof typeof MOVES)[]> = {
    PENDING: [],
    IN_PROGRESS: ['startTask'],
    NEEDS_INPUT: ['startTask', 'requestTaskInput'],
    COMPLETED: ['startTask', 'completeTask'],
    CANCELLED: ['cancelTask'],
  };
  let result = await mutate(api, 'createTask', { title: 'a task' });
  const id = result.task?.id ?? '';
  for (const name of ways[status] ?? []) result = await mutate(api, name, { id, ...MOVES[name].input });
  expect(result.task?.status).toBe(status);
  return { id, version: result.task?.version ?? 0 };
}

test.each(NAMES)('%s has its effect, and each kind of refusal has its own type', async (name) => {
  await using api = await testApi();
  const { input, from, to } = MOVES[name];
  const { id, version } = await taskIn(api, from);
  const before = async () => (await api.ask(`{ task(id: "${id}") { status version } }`)).data.task;
  const untouched = await before();
  const refused = async (given: Record<string, unknown>, key?: string): Promise<Result> => {
    const result = await mutate(api, name, { id, ...input, ...given }, key);
    expect(await before(), 'a refusal changes nothing').toEqual(untouched);
    return result;
  };

  expect(await refused({ reason: 'half a surrogate \ud800' })).toMatchObject({
    __typename: 'ValidationError',
    code: 'VALIDATION',
  });
  for (const nothing of [newId('task'), newId('run'), 'task_', '']) {
    expect(await refused({ id: nothing }), nothing).toMatchObject({
      __typename: 'NotFoundError',
      code: 'NOT_FOUND',
    });
  }
  expect(await refused({}, 'viewer')).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' });
  if (name !== 'retryTask') {
    expect(await refused({ expectedVersion: version + 1 })).toMatchObject({
      __typename: 'ConflictError',
      code: 'VERSION_CONFLICT',
    });
  }
  const final = name === 'retryTask' ? await taskIn(api, 'PENDING') : await taskIn(api, 'COMPLETED');
  expect(await refused({ id: final.id })).toMatchObject(
    name === 'provideTaskInput'
      ? { __typename: 'ConflictError', code: 'NOT_WAITING' }
      : { __typename: 'IllegalTransitionError', code: 'ILLEGAL_TRANSITION' },
  );

  const done = await mutate(api, name, {
    id,
    ...input,
    ...(name !== 'retryTask' && { expectedVersion: version }),
    reason: 'because',
  });
  expect(done.task).toMatchObject({ status: to, version: name === 'retryTask' ? 1 : version + 1 });
});

test('createTask refuses invalid input, and then creates nothing', async () => {
  await using api = await testApi();
  const final = await taskIn(api, 'COMPLETED');
  const inputs: Record<string, unknown>[] = [
    { title: ' \t\n' },
    { title: 'x'.repeat(501) },
    { title: 'NUL \u0000' },
    { title: 'x', description: 'ü'.repeat(32 * 1024 + 1) },
    { title: 'x', agent: 'nobody' },
    { title: 'x', priority: 101 },
    { title: 'x', parentId: newId('task') },
    { title: 'x', parentId: 'nonsense' },
    { title: 'x', parentId: final.id },
    { title: 'x', source: 'CRON' },
    { title: 'x', idempotencyKey: '' },
    { title: 'x', reason: 'x'.repeat(1_001) },
  ];
  for (const input of inputs) {
    expect(await mutate(api, 'createTask', input), JSON.stringify(input).slice(0, 80)).toMatchObject({
      __typename: 'ValidationError',
      code: 'VALIDATION',
    });
  }
  expect((await api.ask('{ tasks { totalCount } }')).data.tasks.totalCount).toBe(1);
  expect(await mutate(api, 'createTask', { title: 'x'.repeat(500), priority: -100 })).toMatchObject({
    __typename: 'CreateTaskPayload',
  });
});

test('each role has exactly the permissions of the table', async () => {
  await using api = await testApi();
  const may: Record<string, string[]> = {};
  for (const role of ['viewer', 'agent', 'member', 'admin']) {
    const { data } = await api.ask('{ viewer { role } tasks { totalCount } }', {}, role);
    expect(data.viewer.role).toBe(role.toUpperCase());
    const allowed: string[] = [];
    if ((await mutate(api, 'createTask', { title: 'x' }, role)).task) allowed.push('createTask');
    for (const name of NAMES) {
      const { id } = await taskIn(api, MOVES[name].from);
      const result = await mutate(api, name, { id, ...MOVES[name].input }, role);
      // What somebody else took up is not an agent's to move: that is told as forbidden, too.
      if (result.code !== 'FORBIDDEN') allowed.push(name);
    }
    may[role] = allowed;
  }
  const all = ['createTask', ...NAMES];
  expect(may).toEqual({
    viewer: [],
    agent: ['createTask', 'updateTask', 'startTask', 'retryTask'],
    member: all,
    admin: all,
  });
});

test('the total of a list stops at the maximum, and states that there are more', async () => {
  await using api = await testApi();
  const { id } = await taskIn(api, 'PENDING');
  await api.pool.query(
    `insert into tasks select (jsonb_populate_record(t, jsonb_build_object('id', 'task_' || lpad(n::text, 26, '0')))).*
       from tasks t, generate_series(1, 10000) n where t.id = $1`,
    [id],
  );
  const { data } = await api.ask('{ tasks(first: 1) { totalCount totalCountCapped } }');
  expect(data.tasks).toEqual({ totalCount: 10_000, totalCountCapped: true });
});
