import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { newId } from '../../src/core/ids.ts';
import { cancelTask } from '../../src/tasks/cancel.ts';
import { createTask } from '../../src/tasks/create.ts';
import { retryTask } from '../../src/tasks/retry.ts';
import { type TestApi, testApi } from './api.ts';

async function fill(api: TestApi, count: number): Promise<void> {
  const { tasks, callers } = api;
  const parent = await createTask(tasks, callers.member, { title: 'the parent' });
  for (let n = 0; n < count; n += 1) {
    const task = await createTask(tasks, callers.member, {
      title: `part ${n}`,
      parentId: parent.id,
      agent: 'assistant',
    });
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

async function statementsOf(api: TestApi, query: string): Promise<{ statements: string[]; nodes: number }> {
  const before = api.statements.length;
  const { data, errors } = await api.ask(query);
  expect(errors).toBeUndefined();
  return {
    statements: api.statements.slice(before).sort(),
    nodes: data.tasks.nodes.length,
  };
}

test('a page of tasks with everything a dashboard shows costs one statement a list, however many tasks', async () => {
  await using api = await testApi();
  const query = await readFile(new URL('./hot.graphql', import.meta.url), 'utf8');
  await fill(api, 2);
  const few = await statementsOf(api, query);
  await fill(api, 20);
  const many = await statementsOf(api, query);
  expect(many.nodes).toBeGreaterThan(few.nodes * 5);
  expect(many.statements).toEqual(few.statements);
  expect(many.statements).toMatchInlineSnapshot(`
    [
      "history-backward",
      "history-forward",
      "run-events-of-runs",
      "runs-of-tasks",
      "select … from tasks t where t.agent = any ($1::text[]) limit 10001) as capped",
      "select … from tasks t where t.agent = any ($1::text[]) order by t.created_at desc, t.id desc limit 51",
      "tasks-by-id",
      "tasks-retries",
      "tasks-subtasks",
    ]
  `);
});
