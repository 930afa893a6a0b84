import { GraphQLObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { newId } from '../../../src/core/ids.ts';
import { eventId } from '../../../src/domain/events.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { requestInput } from '../../../src/tasks/commands/request-input.ts';
import { startTask } from '../../../src/tasks/commands/start.ts';
import { type TestApi, testApi } from '../../fixtures/graphql-api.ts';
import {
  cronTrigger,
  endpoint,
  incoming,
  occurrence,
  outgoing,
  webhookTrigger,
} from '../../fixtures/trigger-rows.ts';

/** The types that a client may ask for by id, from the schema itself. */
const NODE_TYPES = Object.values(schema.getTypeMap())
  .filter((type) => type instanceof GraphQLObjectType)
  .filter((type) => type.getInterfaces().some(({ name }) => name === 'Node'))
  .map(({ name }) => name)
  .sort();

/** One of each, by the name of its type. */
async function fill({ pool, tasks, callers }: TestApi): Promise<Record<string, string>> {
  const asked = await createTask(tasks, callers.member, { title: 'asked' });
  await startTask(tasks, callers.member, { id: asked.id });
  const waiting = await requestInput(tasks, callers.member, { id: asked.id, question: 'Which?' });
  await createTask(tasks, callers.member, { title: 'run', agent: 'assistant' });
  const runId = newId('run');
  await tasks.writer.claim({
    workerId: newId('worker'),
    agents: ['assistant'],
    runIds: [runId],
    leaseMs: 60_000,
    alone: false,
  });
  const cron = await cronTrigger(pool);
  const webhook = await webhookTrigger(pool);
  const apiKey = newId('apiKey');
  await pool.query(
    `insert into api_keys (id, name, role, kind, sources, secret_hash, created_by)
     values ($1, 'Ada', 'admin', 'person', '{api}', 'a hash', $2)`,
    [apiKey, JSON.stringify(callers.admin.actor)],
  );
  return {
    ApiKey: apiKey,
    CronTrigger: cron,
    IncomingDelivery: await incoming(pool, webhook),
    InputRequest: waiting.inputRequestId ?? '',
    Occurrence: await occurrence(pool, cron),
    OutgoingDelivery: await outgoing(pool, { endpointId: await endpoint(pool), taskId: asked.id }),
    Run: runId,
    Task: asked.id,
    TaskEvent: eventId({ taskId: asked.id, seq: 1 }),
    WebhookEndpoint: await endpoint(pool),
    WebhookTrigger: webhook,
  };
}

test('node and nodes return every type that has an id, and null for a missing id', async () => {
  await using api = await testApi();
  const ids = await fill(api);
  expect(Object.keys(ids)).toEqual(NODE_TYPES);
  for (const [type, id] of Object.entries(ids)) {
    const one = await api.ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id }, 'admin');
    expect(one.errors, type).toBeUndefined();
    expect(one.data.node).toEqual({ __typename: type, id });
  }
  const missing = [newId('task'), newId('trigger'), newId('delivery'), newId('apiKey'), 'nonsense', ''];
  const { data, errors } = await api.ask(
    'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }',
    { ids: [...Object.values(ids), ...missing] },
    'admin',
  );
  expect(errors).toBeUndefined();
  const expected = Object.entries(ids).map(([type, id]) => ({ __typename: type, id }));
  expect(data.nodes).toEqual([...expected, ...missing.map(() => null)]);
});

test('a deleted object is null by its id', async () => {
  await using api = await testApi();
  const ids = [await cronTrigger(api.pool), await webhookTrigger(api.pool), await endpoint(api.pool)];
  await api.pool.query('update triggers set deleted_at = now()');
  await api.pool.query('update webhook_endpoints set deleted_at = now()');
  const { data } = await api.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
  expect(data.nodes).toEqual([null, null, null]);
});
