import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { startTask } from '../../../src/tasks/commands/start.ts';
import { type TestApi, testApi } from '../../fixtures/graphql-api.ts';
import { PAGE, type Page, walk } from '../../fixtures/graphql-walk.ts';

const COUNT = 23;

async function fill(api: TestApi): Promise<string[]> {
  const { tasks, callers } = api;
  const ids: string[] = [];
  for (let n = 0; n < COUNT; n += 1) {
    const task = await createTask(tasks, callers.member, { title: `task ${n}`, priority: n % 4 });
    ids.push(task.id);
    if (n % 3 === 0) await startTask(tasks, callers.member, { id: task.id });
  }
  await api.settled();
  return ids;
}

test('pages of any size, in any order and direction, give every task once and in the same order', async () => {
  await using api = await testApi();
  const all = await fill(api);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: COUNT + 2 }),
      fc.constantFrom('CREATED_AT', 'UPDATED_AT', 'PRIORITY'),
      fc.constantFrom('ASC', 'DESC'),
      async (size, field, direction) => {
        const page = async (args: string): Promise<Page> => {
          const { data, errors } = await api.ask(
            `{ tasks(${args}, orderBy: { field: ${field}, direction: ${direction} }) { ${PAGE} } }`,
          );
          expect(errors).toBeUndefined();
          return data.tasks;
        };
        const forward = await walk(page, size, true);
        expect([...forward].sort()).toEqual([...all].sort());
        expect(await walk(page, size, false)).toEqual(forward);
        if (field === 'CREATED_AT') expect(direction === 'ASC' ? forward : forward.reverse()).toEqual(all);
      },
    ),
    { numRuns: 12 },
  );
});

test('the events of all tasks, and of one, page forward and backward alike', async () => {
  await using api = await testApi();
  const [first] = await fill(api);
  for (const size of [1, 2, 7, 100]) {
    const events = async (args: string): Promise<Page> =>
      (await api.ask(`{ taskEvents(${args}) { ${PAGE} } }`)).data.taskEvents;
    const all = await walk(events, size, true);
    expect(new Set(all).size).toBe(COUNT + Math.ceil(COUNT / 3));
    expect(await walk(events, size, false)).toEqual(all);
    const history = async (args: string): Promise<Page> =>
      (await api.ask(`{ task(id: "${first}") { history(${args}) { ${PAGE} } } }`)).data.task.history;
    const own = await walk(history, size, true);
    expect(own).toHaveLength(2);
    expect(await walk(history, size, false)).toEqual(own);
  }
});

test('filters narrow, and the count is that of the filter and not of the page', async () => {
  await using api = await testApi();
  await fill(api);
  const { data, errors } = await api.ask(
    `query ($text: String) {
      started: tasks(first: 2, filter: { status: [IN_PROGRESS] }) { totalCount totalCountCapped nodes { status } }
      none: tasks(filter: { status: [] }) { totalCount nodes { id } }
      text: tasks(filter: { text: $text }) { totalCount }
      percent: tasks(filter: { text: "%" }) { totalCount }
      past: tasks(filter: { createdBefore: "2020-01-01T00:00:00Z" }) { totalCount }
      taskStats { total byStatus { status count } }
    }`,
    { text: 'TASK 1' },
  );
  expect(errors).toBeUndefined();
  expect(data.started).toEqual({
    totalCount: 8,
    totalCountCapped: false,
    nodes: [{ status: 'IN_PROGRESS' }, { status: 'IN_PROGRESS' }],
  });
  expect(data.none).toEqual({ totalCount: 0, nodes: [] });
  expect(data.text.totalCount).toBe(11);
  expect(data.percent.totalCount).toBe(0);
  expect(data.past.totalCount).toBe(0);
  expect(data.taskStats.total).toBe(COUNT);
  expect(data.taskStats.byStatus).toContainEqual({ status: 'IN_PROGRESS', count: 8 });
});

test('a text with NUL or half a surrogate in a filter is refused, not an error of ours', async () => {
  await using api = await testApi();
  for (const text of ['\u0000', '\ud800']) {
    const { errors } = await api.ask('query ($f: TaskFilter) { tasks(filter: $f) { nodes { id } } }', {
      f: { text },
    });
    expect(errors?.[0]?.extensions.code ?? 'none').toMatch(/VALIDATION|none/);
  }
});
