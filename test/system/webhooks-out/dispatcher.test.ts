import pg from 'pg';
import { expect, test } from 'vitest';
import { eventId } from '../../../src/domain/events.ts';
import { readLog } from '../../../src/store/events/log.ts';
import { completeTask } from '../../../src/tasks/commands/complete.ts';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { requestInput } from '../../../src/tasks/commands/request-input.ts';
import { startTask } from '../../../src/tasks/commands/start.ts';
import { updateTask } from '../../../src/tasks/commands/update.ts';
import { createWebhookEndpoint } from '../../../src/webhooks-out/commands/create-endpoint.ts';
import { updateWebhookEndpoint } from '../../../src/webhooks-out/commands/update-endpoint.ts';
import { person } from '../../fixtures/tasks.ts';
import { type TestOutgoing, testOutgoing } from '../../fixtures/webhooks-out.ts';

const root = person('Root', 'admin');
const ada = person('Ada');
const URL = 'https://example.com/hooks';

function bodies(deliveries: readonly { body: Buffer }[]) {
  return deliveries.map(({ body }) => JSON.parse(body.toString()));
}

/** Waits until the shared cursor stands at the end of the log. */
async function caughtUp(app: TestOutgoing): Promise<void> {
  for (;;) {
    const { rows } = await app.pool.query(
      `select position >= (select coalesce(max(position), 0) from task_events) as done from log_cursors where name = 'webhooks-out'`,
    );
    if (rows[0]?.done) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('each change of status is one delivery, with the event and the task as it was then', async () => {
  await using app = await testOutgoing({ isSending: false });
  const { tasks } = app.context;
  const { endpoint } = await createWebhookEndpoint(app.context, root, { url: URL });
  const task = await createTask(tasks, ada, { title: 'Grüße', description: 'More', priority: 3 });
  await app.until((all) => all.length === 1);
  await updateTask(tasks, ada, { id: task.id, priority: 4 });
  await startTask(tasks, ada, { id: task.id, reason: 'now' });
  await app.until((all) => all.length === 2);
  await requestInput(tasks, ada, { id: task.id, question: 'Which?' });
  const all = await app.until((found) => found.length === 3);
  expect(all.map(({ key }) => key)).toEqual([1, 3, 4].map((seq) => eventId({ taskId: task.id, seq })));
  for (const delivery of all) {
    expect(delivery).toMatchObject({
      endpointId: endpoint.id,
      taskId: task.id,
      verdict: 'pending',
      attempts: 0,
      headers: { 'content-type': 'application/json', 'user-agent': 'Errand', 'webhook-id': delivery.key },
    });
  }
  const [created, started, asked] = bodies(all);
  expect(created).toEqual({
    type: 'task.created',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    data: {
      event: {
        id: all[0]?.key,
        task_id: task.id,
        seq: 1,
        type: 'task.created',
        from: null,
        to: 'pending',
        actor: ada.actor,
        reason: null,
        data: null,
        run_id: null,
        at: created.timestamp,
      },
      task: {
        id: task.id,
        title: 'Grüße',
        description: 'More',
        status: 'pending',
        source: 'api',
        created_by: ada.actor,
        agent: null,
        priority: 3,
        not_before: null,
        result: null,
        error: null,
        input_request: null,
        allowed_transitions: ['in_progress', 'cancelled'],
        parent_id: null,
        retry_of: null,
        trigger_id: null,
        version: 1,
        created_at: task.createdAt.toISOString(),
        started_at: null,
        updated_at: task.createdAt.toISOString(),
        finished_at: null,
      },
    },
  });
  expect(started).toMatchObject({
    type: 'task.started',
    data: { event: { from: 'pending', to: 'in_progress', reason: 'now' }, task: { priority: 4 } },
  });
  expect(asked).toMatchObject({
    type: 'task.input_requested',
    data: {
      event: { data: { input_request_id: expect.stringMatching(/^inp_/), question: 'Which?' } },
      task: { status: 'needs_input', input_request: { question: 'Which?', asked_by: ada.actor } },
    },
  });
});

test('an endpoint gets only events with its statuses, agents and sources', async () => {
  await using app = await testOutgoing({ isSending: false });
  const { tasks } = app.context;
  const endpoint = async (input: object): Promise<string> =>
    (await createWebhookEndpoint(app.context, root, { url: URL, ...input })).endpoint.id;
  const completed = await endpoint({ statuses: ['completed', 'failed'] });
  const assistant = await endpoint({ agents: ['assistant'] });
  const dashboard = await endpoint({ sources: ['dashboard', 'cron'] });
  const nothing = await endpoint({ statuses: ['cancelled'] });
  const tracked = await createTask(tasks, ada, { title: 'Tracked' });
  await startTask(tasks, ada, { id: tracked.id });
  await completeTask(tasks, ada, { id: tracked.id });
  const agents = await createTask(tasks, ada, { title: "Agent's", agent: 'assistant' });
  const shown = await createTask(tasks, ada, { title: 'Shown', source: 'dashboard' });
  await caughtUp(app);
  const told = (await app.deliveries()).map(({ endpointId, key }) => ({ endpointId, key }));
  expect(told).toHaveLength(3);
  expect(told).toEqual(
    expect.arrayContaining([
      { endpointId: completed, key: eventId({ taskId: tracked.id, seq: 3 }) },
      { endpointId: assistant, key: eventId({ taskId: agents.id, seq: 1 }) },
      { endpointId: dashboard, key: eventId({ taskId: shown.id, seq: 1 }) },
    ]),
  );
  expect(told.map(({ endpointId }) => endpointId)).not.toContain(nothing);
});

test('events before an endpoint was created, or while it was off, are not sent', async () => {
  await using app = await testOutgoing({ isSending: false });
  const { tasks } = app.context;
  await createTask(tasks, ada, { title: 'Before' });
  const { endpoint } = await createWebhookEndpoint(app.context, root, { url: URL });
  await createTask(tasks, ada, { title: 'On' });
  await caughtUp(app);
  await updateWebhookEndpoint(app.context, root, { id: endpoint.id, enabled: false });
  await createTask(tasks, ada, { title: 'Off' });
  await caughtUp(app);
  await updateWebhookEndpoint(app.context, root, { id: endpoint.id, enabled: true });
  await createTask(tasks, ada, { title: 'On again' });
  await caughtUp(app);
  expect(bodies(await app.deliveries()).map(({ data }) => data.task.title)).toEqual(['On', 'On again']);
});

test('the first start begins where the log ends, and a later one where the last left off', async () => {
  await using first = await testOutgoing({ isDispatching: false, isSending: false });
  const { endpoint } = await createWebhookEndpoint(first.context, root, { url: URL });
  await createTask(first.context.tasks, ada, { title: 'Old' });
  {
    await using second = await testOutgoing({ url: first.url, isSending: false });
    await caughtUp(second);
    await createTask(second.context.tasks, ada, { title: 'New' });
    await caughtUp(second);
  }
  await createTask(first.context.tasks, ada, { title: 'While nobody looked' });
  await using third = await testOutgoing({ url: first.url, isSending: false });
  await caughtUp(third);
  const all = await third.deliveries();
  expect(bodies(all).map(({ data }) => data.task.title)).toEqual(['New', 'While nobody looked']);
  expect(all[0]?.endpointId).toBe(endpoint.id);
});

test('on three instances whose connections are cut again and again, each event is one delivery for each endpoint', async () => {
  await using first = await testOutgoing({ isSending: false });
  await using _second = await testOutgoing({ url: first.url, isSending: false });
  await using _third = await testOutgoing({ url: first.url, isSending: false });
  await createWebhookEndpoint(first.context, root, { url: URL });
  await createWebhookEndpoint(first.context, root, { url: URL, statuses: ['pending'] });
  const killer = new pg.Client({ connectionString: first.url });
  await killer.connect();
  let cuts = 0;
  const cutting = (async () => {
    while (cuts < 15) {
      // Whoever holds the cursor just now, in the middle of whatever it does.
      const { rowCount } = await killer.query(
        `select pg_terminate_backend(l.pid) from pg_locks l
          where l.database = (select oid from pg_database where datname = current_database())
            and l.relation = 'log_cursors'::regclass and l.mode in ('RowShareLock', 'RowExclusiveLock')
            and l.pid <> pg_backend_pid()`,
      );
      cuts += rowCount ?? 0;
    }
    await killer.end();
  })();
  const made: string[] = [];
  while (cuts < 15) {
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => createTask(first.context.tasks, ada, { title: 'x' })),
    );
    made.push(...results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : [])));
  }
  await cutting;
  await caughtUp(first);
  const events = await readLog(first.pool, {
    filter: {},
    after: 0n,
    upTo: 1_000_000n,
    limit: 10_000,
    fromEnd: false,
  });
  expect(events.length).toBeGreaterThanOrEqual(made.length);
  const all = await first.deliveries();
  const keys = events.map(eventId).sort();
  const endpoints = [...new Set(all.map(({ endpointId }) => endpointId))];
  expect(endpoints).toHaveLength(2);
  for (const id of endpoints) {
    expect(
      all
        .filter(({ endpointId }) => endpointId === id)
        .map(({ key }) => key)
        .sort(),
    ).toEqual(keys);
  }
});

test('cut off before or after any of its statements, it makes each delivery once all the same', async () => {
  await using app = await testOutgoing({ isSending: false });
  await createWebhookEndpoint(app.context, root, { url: URL });
  let cutAt: { statement: string; when: 'before' | 'after' } | undefined;
  const connect = app.pool.connect.bind(app.pool) as (...all: unknown[]) => Promise<pg.PoolClient>;
  const watched = new WeakSet<pg.PoolClient>();
  app.pool.connect = (async (...callback: unknown[]) => {
    // The pool's own statements take a connection with a callback; those of a transaction are what is cut.
    if (callback.length > 0) return connect(...callback);
    const client = await connect();
    if (watched.has(client)) return client;
    watched.add(client);
    const query = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>;
    const cut = (): never => {
      cutAt = undefined;
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      throw new Error('cut off');
    };
    client.query = (async (config: string | { name: string }, ...rest: unknown[]) => {
      const statement = typeof config === 'string' ? config : config.name;
      if (cutAt?.statement === statement && cutAt.when === 'before') cut();
      const result = await query(config, ...rest);
      if (cutAt?.statement === statement && cutAt.when === 'after') cut();
      return result;
    }) as typeof client.query;
    return client;
  }) as typeof app.pool.connect;
  const made: string[] = [];
  for (const statement of [
    'webhooks-cursor-hold',
    'endpoints-hold',
    'deliveries-make',
    'webhooks-cursor-move',
    'commit',
  ]) {
    for (const when of ['before', 'after'] as const) {
      cutAt = { statement, when };
      for (let count = 0; count < 3; count += 1) {
        made.push((await createTask(app.context.tasks, ada, { title: 'x' })).id);
      }
      await caughtUp(app);
      expect(cutAt).toBeUndefined();
      expect((await app.deliveries()).map(({ taskId }) => taskId).sort()).toEqual([...made].sort());
    }
  }
});

test('without endpoints, a thousand events cost one or two small statements', async () => {
  await using app = await testOutgoing({ isSending: false });
  const names: string[] = [];
  const query = app.pool.query.bind(app.pool);
  app.pool.query = ((config: { name?: string }, ...rest: never[]) => {
    if (config?.name) names.push(config.name);
    return (query as (...all: unknown[]) => unknown)(config, ...rest);
  }) as typeof app.pool.query;
  const startedMs = performance.now();
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 50 }, () => createTask(app.context.tasks, ada, { title: 'x' })));
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  await caughtUp(app);
  const asked = names.filter((name) => name.startsWith('webhooks-cursor-skip')).length;
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThanOrEqual(Math.ceil(seconds) + 3);
  expect(names.filter((name) => /^(?:endpoints|deliveries)/.test(name))).toEqual([]);
});
