import { createClient } from 'graphql-ws';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type TestApi, testApi } from '../../fixtures/graphql-api.ts';
import { cronTrigger, incoming, webhookTrigger } from '../../fixtures/trigger-rows.ts';

const TOO_DEAR: Record<string, string> = {
  'a hundred bodies': '{ deliveries(first: 100) { nodes { body } } }',
  'a hundred bodies by an interface':
    '{ deliveries(first: 100) { nodes { ... on IncomingDelivery { bodyIsText } } } }',
  'pages that multiply':
    '{ triggers(first: 100) { nodes { tasks(first: 100) { nodes { id title status } } ... on WebhookTrigger { deliveries(first: 100) { nodes { id } } } } } }',
  'pages in a fragment of the type':
    '{ triggers(first: 100) { nodes { ... on CronTrigger { tasks(first: 100) { nodes { id title } } } } } }',
  'many moments of many triggers':
    '{ triggers(first: 100) { nodes { ... on CronTrigger { a: nextOccurrences(first: 100) b: nextOccurrences(first: 100) c: nextOccurrences(first: 100) } } } }',
};

/** One operation over a WebSocket: the code of what it ended with. */
async function codeOverSocket(api: TestApi, query: string): Promise<unknown> {
  const client = createClient({
    url: `${api.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: 'Bearer member' },
    retryAttempts: 0,
  });
  try {
    const { value } = await client.iterate({ query }).next();
    return value?.errors?.[0]?.extensions?.['code'];
  } catch (errors) {
    return (errors as { extensions?: Record<string, unknown> }[])[0]?.extensions?.['code'];
  } finally {
    await client.dispose();
  }
}

test.each(Object.entries(TOO_DEAR))(
  '%s are too dear, over HTTP and over WebSocket alike',
  async (_name, query) => {
    await using api = await testApi();
    await api.settled();
    const before = api.statements.length;
    const { data, errors } = await api.ask(query);
    expect(data ?? null).toBeNull();
    expect(errors?.[0]?.extensions.code).toBe('OPERATION_TOO_LARGE');
    expect(api.statements.slice(before)).toEqual([]);
    expect(await codeOverSocket(api, query)).toBe('OPERATION_TOO_LARGE');
  },
);

test('a page with all that a dashboard shows is not too dear', async () => {
  await using api = await testApi();
  await cronTrigger(api.pool);
  await incoming(api.pool, await webhookTrigger(api.pool));
  for (const query of [
    `{ triggers { totalCount nodes { id name kind agent { name } createdBy { name } tasks(first: 3) { nodes { id status } }
      ... on CronTrigger { words nextOccurrences occurrences(first: 5) { nodes { dueAt outcome task { id } } } }
      ... on WebhookTrigger { urlPath deliveries(first: 5) { nodes { verdict reason task { id } } } } } } }`,
    `{ deliveries { nodes { id verdict reason headers task { id title }
      ... on IncomingDelivery { trigger { name } } ... on OutgoingDelivery { endpoint { url } tries { status error } } } } }`,
    '{ deliveries(first: 20) { nodes { body bodyIsText } } }',
  ]) {
    const { errors } = await api.ask(query);
    expect(errors, query).toBeUndefined();
  }
});

test.each(['triggers', 'deliveries'])('%s takes the sizes that every list takes', async (field) => {
  await using api = await testApi();
  for (const args of ['first: 101', 'first: -1', 'last: 101', 'first: 1, last: 1']) {
    const { errors } = await api.ask(`{ ${field}(${args}) { nodes { id } } }`);
    expect(errors?.[0]?.extensions.code, args).toBe('VALIDATION');
  }
  const { data } = await api.ask(`{ ${field}(first: 0) { nodes { id } pageInfo { hasNextPage } } }`);
  expect(data[field].nodes).toEqual([]);
});
