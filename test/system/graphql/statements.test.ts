import { readFile } from 'node:fs/promises';
import { type DefinitionNode, parse, print } from 'graphql';
import { expect, test } from 'vitest';
import { newId } from '../../../src/core/ids.ts';
import { cancelTask } from '../../../src/tasks/commands/cancel.ts';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { retryTask } from '../../../src/tasks/commands/retry.ts';
import { type Answer, type TestApi, testApi } from '../../fixtures/graphql-api.ts';
import {
  cronTrigger,
  endpoint,
  incoming,
  madeBy,
  occurrence,
  outgoing,
  webhookTrigger,
} from '../../fixtures/trigger-rows.ts';

async function fill(api: TestApi, count: number): Promise<void> {
  const { tasks, callers } = api;
  const parent = await createTask(tasks, callers.member, { title: 'the parent' });
  for (let n = 0; n < count; n += 1) {
    const task = await createTask(tasks, callers.member, {
      title: `part ${n}`,
      parentId: parent.id,
      agent: 'assistant',
    });
    await madeBy(api.pool, await cronTrigger(api.pool), task.id);
    if (n % 2 === 1) continue;
    await cancelTask(tasks, callers.member, { id: task.id });
    await retryTask(tasks, callers.member, { id: task.id });
  }
  const runIds = [newId('run'), newId('run')];
  await tasks.writer.claim({
    workerId: newId('worker'),
    agents: ['assistant'],
    runIds,
    leaseMs: 60_000,
    alone: false,
  });
  await api.settled();
}

async function statementsOf(
  api: TestApi,
  query: string,
): Promise<{ statements: string[]; data: Answer['data'] }> {
  const before = api.statements.length;
  const { data, errors } = await api.ask(query);
  expect(errors).toBeUndefined();
  const statements = api.statements.slice(before).filter((name) => !name.startsWith('log-'));
  return { statements: statements.sort(), data };
}

test('a page of tasks with everything a dashboard shows costs one statement for its relations, however many tasks', async () => {
  await using api = await testApi();
  const query = await readFile(new URL('./hot.graphql', import.meta.url), 'utf8');
  await fill(api, 2);
  const few = await statementsOf(api, query);
  await fill(api, 20);
  const many = await statementsOf(api, query);
  expect(many.data.tasks.nodes.length).toBeGreaterThan(few.data.tasks.nodes.length * 5);
  expect(many.statements).toEqual(few.statements);
  expect(many.statements).toMatchInlineSnapshot(`
    [
      "history-backward",
      "history-forward",
      "prisma: tasks, tasks, tasks, tasks, tasks, triggers, runs, run_events",
      "select … from tasks t where t.agent = any ($1::text[]) limit 10001) as capped",
      "select … from tasks t where t.agent = any ($1::text[]) order by t.created_at desc, t.id desc limit 51",
      "tasks-by-id",
    ]
  `);
});

async function fillTriggers({ pool, tasks, callers }: TestApi, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const task = await createTask(tasks, callers.member, { title: `told ${n}` });
    const cron = await cronTrigger(pool);
    await madeBy(pool, cron, task.id);
    await occurrence(pool, cron);
    await occurrence(pool, cron, { outcome: 'fired', task_id: task.id });
    const hook = await webhookTrigger(pool);
    const first = await incoming(pool, hook, { verdict: 'accepted', task_id: task.id });
    await incoming(pool, hook, { verdict: 'duplicate', duplicate_of: first, task_id: task.id });
    await outgoing(pool, { endpointId: await endpoint(pool), taskId: task.id, tries: 3 });
  }
}

const STATEMENTS_OF_TRIGGERS = [
  'prisma: deliveries',
  'prisma: tasks',
  'prisma: triggers, tasks, occurrences, triggers, deliveries',
  'prisma: triggers, triggers, triggers',
];
const STATEMENTS_OF_DELIVERIES = [
  'prisma: deliveries, triggers, webhook_endpoints, delivery_attempts',
  'prisma: tasks, triggers',
  'prisma: webhook_endpoints, deliveries, delivery_attempts',
];

/** What is loaded by id from two lists of a page is one statement or two, as the lists come at once or not. */
function namesOf(statements: readonly string[]): string[] {
  const names = [...new Set(statements)];
  expect(statements.length).toBeLessThanOrEqual(names.length + 2);
  return names;
}

test('a page of triggers and one of deliveries cost one statement a list, however many there are', async () => {
  await using api = await testApi();
  const document = parse(await readFile(new URL('./hot-triggers.graphql', import.meta.url), 'utf8'));
  for (const [definition, field, count, statements] of [
    [document.definitions[0], 'triggers', 24, STATEMENTS_OF_TRIGGERS],
    [document.definitions[1], 'deliveries', 36, STATEMENTS_OF_DELIVERIES],
  ] as const) {
    const query = print(definition as DefinitionNode);
    await api.pool.query('delete from delivery_attempts');
    await api.pool.query('delete from deliveries');
    await api.pool.query('delete from occurrences');
    await api.pool.query('update triggers set deleted_at = now()');
    await fillTriggers(api, 2);
    const few = await statementsOf(api, query);
    await fillTriggers(api, 10);
    const many = await statementsOf(api, query);
    expect(many.data[field].nodes).toHaveLength(count);
    expect(namesOf(many.statements)).toEqual(namesOf(few.statements));
    expect(namesOf(many.statements)).toEqual(statements);
  }
});
