import { type Client, createClient, type ExecutionResult } from 'graphql-ws';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type TestApi, testApi } from '../../fixtures/graphql-api.ts';

function clientOf(api: TestApi): Client & AsyncDisposable {
  const client = createClient({
    url: api.url.replace('http', 'ws').concat('/graphql'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: 'Bearer member' },
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => undefined,
  });
  return Object.assign(client, { [Symbol.asyncDispose]: async () => client.dispose() });
}

/** What one operation over the socket gives, or the errors that it alone ended with. */
async function once(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<ExecutionResult> {
  const results = client.iterate({ query, variables });
  try {
    const { value } = await results.next();
    return value as ExecutionResult;
  } catch (errors) {
    return { errors: errors as NonNullable<ExecutionResult['errors']> };
  }
}

test('the limits hold over a socket too, and a bad operation fails for its own id and leaves the socket open', async () => {
  await using api = await testApi();
  await using client = clientOf(api);
  let closed = 0;
  client.on('closed', () => {
    closed += 1;
  });
  const deep = `{ tasks { nodes ${'{ parent '.repeat(9_000)} { id } ${'}'.repeat(9_000)} } }`;
  const less = `{ tasks { nodes ${'{ parent '.repeat(20)} { id } ${'}'.repeat(20)} } }`;
  const wide = `{ ${Array.from({ length: 60 }, (_, n) => `a${n}: taskStats { total }`).join(' ')} }`;
  const costly =
    '{ tasks(first: 100) { nodes { history(first: 100) { nodes { task { history(first: 100) { nodes { id } } } } } } } }';
  const codes: unknown[] = [];
  for (const query of [deep, less, wide, costly, '{ nothing }', '{ tasks(']) {
    codes.push((await once(client, query)).errors?.[0]?.extensions?.['code']);
  }
  expect(codes).toEqual([
    'GRAPHQL_PARSE_FAILED',
    'OPERATION_TOO_LARGE',
    'OPERATION_TOO_LARGE',
    'OPERATION_TOO_LARGE',
    'GRAPHQL_VALIDATION_FAILED',
    'GRAPHQL_PARSE_FAILED',
  ]);
  expect(await once(client, '{ viewer { actor { name } role } }')).toEqual({
    data: { viewer: { actor: { name: 'Mia' }, role: 'MEMBER' } },
  });
  expect(closed).toBe(0);
});

test('a mutation over a socket gives its typed errors, and an unforeseen one is masked', async () => {
  await using api = await testApi();
  await using client = clientOf(api);
  const create = 'mutation ($title: String!) { createTask(input: { title: $title }) { __typename } }';
  expect(await once(client, create, { title: '' })).toEqual({
    data: { createTask: { __typename: 'ValidationError' } },
  });
  await api.pool.query('alter table task_counters rename to elsewhere');
  const { errors } = await once(client, '{ taskStats { total } }');
  expect(errors?.[0]?.extensions?.['code']).toBe('INTERNAL');
  expect(JSON.stringify(errors)).not.toContain('task_counters');
});

test('each event over a socket is the whole task as it is now and the event as it was', async () => {
  await using api = await testApi();
  await using client = clientOf(api);
  const make = (title: string) =>
    api.ask(
      `mutation { createTask(input: { title: "${title}" }) { ... on CreateTaskPayload { task { id } } } }`,
    );
  await make('before');
  await api.settled();
  const seen: unknown[] = [];
  const events = client.iterate<{ taskEvents: { cursor: string; type: string; task: { title: string } } }>({
    query: 'subscription { taskEvents(after: "0") { cursor type task { title } } }',
  });
  for await (const { data } of events) {
    seen.push([data?.taskEvents.type, data?.taskEvents.task.title]);
    if (seen.length === 1) await make('after');
    if (seen.length === 2) break;
  }
  expect(seen).toEqual([
    ['TASK_CREATED', 'before'],
    ['TASK_CREATED', 'after'],
  ]);
});
