import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { type TestApi, testApi } from '../../fixtures/graphql-api.ts';
import { PAGE, type Page, walk } from '../../fixtures/graphql-walk.ts';
import {
  cronTrigger,
  endpoint,
  incoming,
  madeBy,
  occurrence,
  outgoing,
  webhookTrigger,
} from '../../fixtures/trigger-rows.ts';

const COUNT = 7;

interface Filled {
  readonly cron: string;
  readonly webhook: string;
  readonly endpoint: string;
  readonly tasks: string[];
}

/** Several of everything, with moments that some share, so that the id has to tell them apart. */
async function fill({ pool, tasks, callers }: TestApi): Promise<Filled> {
  const cron = await cronTrigger(pool);
  const webhook = await webhookTrigger(pool);
  const told = await endpoint(pool);
  const taskIds: string[] = [];
  for (let n = 0; n < COUNT; n += 1) {
    const shared = { created_at: `2026-11-25T13:00:0${n % 3}.000Z` };
    await cronTrigger(pool, shared);
    const task = await createTask(tasks, callers.member, { title: `task ${n}` });
    await madeBy(pool, cron, task.id);
    taskIds.push(task.id);
    await occurrence(pool, cron);
    await incoming(pool, webhook, shared);
    await outgoing(pool, { endpointId: told, taskId: task.id }, shared);
  }
  return { cron, webhook, endpoint: told, tasks: taskIds };
}

test('pages of any size, from either end, give everything once and in the same order', async () => {
  await using api = await testApi();
  const ids = await fill(api);
  const lists: Record<string, { count: number; page: (args: string) => Promise<Page> }> = {
    triggers: {
      count: COUNT + 2,
      page: async (args) => (await api.ask(`{ triggers(${args}) { ${PAGE} } }`)).data.triggers,
    },
    deliveries: {
      count: 2 * COUNT,
      page: async (args) => (await api.ask(`{ deliveries(${args}) { ${PAGE} } }`)).data.deliveries,
    },
    occurrences: {
      count: COUNT,
      page: async (args) =>
        (
          await api.ask(
            `{ trigger(id: "${ids.cron}") { ... on CronTrigger { occurrences(${args}) { ${PAGE} } } } }`,
          )
        ).data.trigger.occurrences,
    },
    tasks: {
      count: COUNT,
      page: async (args) =>
        (await api.ask(`{ trigger(id: "${ids.cron}") { tasks(${args}) { ${PAGE} } } }`)).data.trigger.tasks,
    },
    calls: {
      count: COUNT,
      page: async (args) =>
        (
          await api.ask(
            `{ trigger(id: "${ids.webhook}") { ... on WebhookTrigger { deliveries(${args}) { ${PAGE} } } } }`,
          )
        ).data.trigger.deliveries,
    },
    sent: {
      count: COUNT,
      page: async (args) =>
        (
          await api.ask(
            `{ node(id: "${ids.endpoint}") { ... on WebhookEndpoint { deliveries(${args}) { ${PAGE} } } } }`,
          )
        ).data.node.deliveries,
    },
  };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(lists)),
      fc.integer({ min: 1, max: 2 * COUNT + 1 }),
      async (name, size) => {
        const list = lists[name];
        if (!list) throw new Error(name);
        const forward = await walk(list.page, size, true);
        expect(new Set(forward).size, name).toBe(list.count);
        expect(forward, name).toHaveLength(list.count);
        expect(await walk(list.page, size, false), name).toEqual(forward);
      },
    ),
    { numRuns: 20 },
  );
  const newest = (await walk((args) => lists['tasks']?.page(args) as Promise<Page>, 3, true))[0];
  expect(newest, 'the newest first').toBe(ids.tasks.at(-1));
});

test.each(['nonsense', 'AAAA', '', Buffer.from('["0000-01-01T00:00:00Z","x"]').toString('base64url')])(
  'the cursor "%s" is BAD_CURSOR, also where several lists share a statement',
  async (after) => {
    await using api = await testApi();
    await cronTrigger(api.pool);
    await webhookTrigger(api.pool);
    for (const query of [
      'query ($after: String) { triggers(after: $after) { nodes { id } } }',
      'query ($after: String) { deliveries(before: $after) { nodes { id } } }',
      'query ($after: String) { triggers { nodes { tasks(after: $after) { nodes { id } } } } }',
    ]) {
      const { errors } = await api.ask(query, { after });
      expect(errors?.[0].extensions.code, query).toBe('BAD_CURSOR');
    }
  },
);

test('filters narrow, and the count of triggers is that of the filter', async () => {
  await using api = await testApi();
  const { pool, tasks, callers } = api;
  const nightly = await cronTrigger(pool, { name: 'nightly_100%', agent: null });
  const paused = await cronTrigger(pool, { paused_at: '2026-11-25T12:00:00Z', pause_reason: 'holidays' });
  const hook = await webhookTrigger(pool, { title: 'NIGHTLY of another' });
  await webhookTrigger(pool, { deleted_at: '2026-11-25T12:00:00Z' });
  const triggers = async (filter: object): Promise<string[]> => {
    const { data, errors } = await api.ask(
      'query ($filter: TriggerFilter) { triggers(filter: $filter) { totalCount nodes { id } } }',
      { filter },
    );
    expect(errors).toBeUndefined();
    expect(data.triggers.totalCount).toBe(data.triggers.nodes.length);
    return data.triggers.nodes.map(({ id }: { id: string }) => id);
  };
  expect(await triggers({})).toEqual([hook, paused, nightly]);
  expect(await triggers({ kind: 'CRON' })).toEqual([paused, nightly]);
  expect(await triggers({ paused: true })).toEqual([paused]);
  expect(await triggers({ paused: false, kind: null })).toEqual([hook, nightly]);
  expect(await triggers({ agent: ['assistant'] })).toEqual([paused]);
  expect(await triggers({ agent: [] })).toEqual([]);
  expect(await triggers({ text: 'nightly' })).toEqual([hook, paused, nightly]);
  expect(await triggers({ text: '0%' })).toEqual([nightly]);
  expect(await triggers({ text: '%' })).toEqual([nightly]);

  const task = await createTask(tasks, callers.member, { title: 'made by a schedule' });
  await madeBy(pool, nightly, task.id);
  await createTask(tasks, callers.member, { title: 'made by hand' });
  const made = await api.ask(
    `{ tasks(filter: { trigger: ["${nightly}", "${hook}"] }) { totalCount nodes { id } } }`,
  );
  expect(made.data.tasks).toEqual({ totalCount: 1, nodes: [{ id: task.id }] });

  const accepted = await incoming(pool, hook, { verdict: 'accepted', task_id: task.id });
  const refused = await incoming(pool, hook, { verdict: 'refused' });
  const told = await endpoint(pool);
  const sent = await outgoing(pool, { endpointId: told, taskId: task.id });
  const deliveries = async (filter: object): Promise<string[]> => {
    const { data, errors } = await api.ask(
      'query ($filter: DeliveryFilter) { deliveries(filter: $filter) { nodes { id } } }',
      { filter },
    );
    expect(errors).toBeUndefined();
    return data.deliveries.nodes.map(({ id }: { id: string }) => id);
  };
  expect(await deliveries({})).toEqual([sent, refused, accepted]);
  expect(await deliveries({ direction: 'IN' })).toEqual([refused, accepted]);
  expect(await deliveries({ triggerId: hook, verdict: ['REFUSED'] })).toEqual([refused]);
  expect(await deliveries({ verdict: ['ACCEPTED', 'PENDING'] })).toEqual([sent, accepted]);
  expect(await deliveries({ verdict: [] })).toEqual([]);
  expect(await deliveries({ endpointId: told })).toEqual([sent]);
  expect(await deliveries({ taskId: task.id })).toEqual([sent, accepted]);
  expect(await deliveries({ triggerId: 'nonsense' })).toEqual([]);
});
