import { expect, test } from 'vitest';
import { createManageTasks } from '../../../../src/agents/tools/manage-tasks/tool.ts';
import type { ToolContext } from '../../../../src/agents/tools/tool.ts';
import { Refusal } from '../../../../src/core/errors.ts';
import type { Role } from '../../../../src/domain/permissions.ts';
import { createTask } from '../../../../src/tasks/commands/create.ts';
import { type Harness, testHarness } from '../../../fixtures/agent-runs.ts';

const NOWHERE = { baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'none' };

/** Calls the tool from a run of a task of its own, as the loop does. */
async function toolOf(harness: Harness, role: Role = 'member') {
  const { id } = await harness.create({ title: 'The own task' });
  const { task, unit, signal } = await harness.claim();
  const tool = createManageTasks(harness.tasks);
  let calls = 0;
  const call = async (args: Record<string, unknown>, toolCallId?: string) => {
    calls += 1;
    const context: ToolContext = {
      unitId: unit.id,
      ownTaskId: task.id,
      agent: 'assistant',
      toolCallId: toolCallId ?? `call_${calls}`,
      caller: async () => ({ ...(await unit.caller()), role }),
      signal,
    };
    const outcome = await tool.run(args, context);
    return { ...outcome, answer: JSON.parse(outcome.content) };
  };
  return { id, task, tool, call };
}

test("the seed page's dialogue works word for word", async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { call } = await toolOf(harness);
  await createTask(harness.tasks, harness.ann, { title: 'Customer feedback analysis' });
  await createTask(harness.tasks, harness.ann, { title: 'Team standup summary' });

  const created = await call({ action: 'create', title: 'Quarterly report' });
  expect(created.answer).toMatchObject({
    ok: true,
    task: {
      title: 'Quarterly report',
      status: 'pending',
      allowed_next: ['in_progress', 'completed', 'cancelled'],
    },
  });

  const listed = await call({ action: 'list', status: 'pending' });
  const titles = listed.answer.tasks.map((task: { title: string }) => task.title);
  expect(titles.toSorted()).toEqual([
    'Customer feedback analysis',
    'Quarterly report',
    'Team standup summary',
  ]);
  expect(listed.answer.more).toBe(0);

  const { id } = created.answer.task;
  const updated = await call({ action: 'update', id, status: 'completed' });
  expect(updated).toMatchObject({
    isError: false,
    endsWork: false,
    answer: { ok: true, task: { id, status: 'completed' } },
  });
  const { rows } = await harness.pool.query(
    'select type, "from", "to", actor->>$2 as by from task_events where task_id = $1 order by seq',
    [id, 'id'],
  );
  expect(rows).toEqual([
    { type: 'task.created', from: null, to: 'pending', by: 'assistant' },
    { type: 'task.started', from: 'pending', to: 'in_progress', by: 'assistant' },
    { type: 'task.completed', from: 'in_progress', to: 'completed', by: 'assistant' },
  ]);
});

test('a refused move lists the allowed statuses', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { call } = await toolOf(harness);
  const { id } = await createTask(harness.tasks, harness.ann, { title: 'Tracked' });
  const refused = await call({ action: 'update', id, status: 'failed', error: 'no' });
  expect(refused).toMatchObject({
    isError: true,
    answer: { ok: false, error: { code: 'ILLEGAL_TRANSITION', allowed: ['in_progress', 'cancelled'] } },
  });
});

test.each([
  ['completed', { result: { pages: 3 } }, { status: 'completed', result: { pages: 3 } }],
  [
    'failed',
    { error: 'the printer burns' },
    { status: 'failed', error: { code: 'agent_gave_up', message: 'the printer burns' } },
  ],
  ['needs_input', { question: 'Which quarter?' }, { status: 'needs_input' }],
])('giving %s to the own task ends the run', async (status, fields, expected) => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { id, call } = await toolOf(harness);
  expect(await call({ action: 'update', id, status, ...fields })).toMatchObject({
    endsWork: true,
    isError: false,
  });
  expect(await harness.read(id)).toMatchObject({ ...expected, lease: null });
});

test('a create that is made again after a crash finds the task of the first', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { call, tool, task } = await toolOf(harness);
  const own = { unitId: task.id, ownTaskId: task.id };
  const args = { action: 'create', title: 'Once' };
  const first = await call(args, 'call_x');
  const second = await call(args, 'call_x');
  expect(second.answer.task.id).toBe(first.answer.task.id);
  expect(tool.mayRepeat(args, own)).toBe(true);
  expect(tool.mayRepeat({ action: 'get', id: task.id }, own)).toBe(true);
  expect(tool.mayRepeat({ action: 'update', id: task.id, status: 'completed' }, own)).toBe(true);
  expect(tool.mayRepeat({ action: 'update', id: first.answer.task.id, status: 'completed' }, own)).toBe(
    false,
  );
});

test('an agent cancels what it made itself, and nothing else', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { id: ownId, call } = await toolOf(harness);
  const annas = await createTask(harness.tasks, harness.ann, { title: "Ann's" });
  const made = await call({ action: 'create', title: 'Mine' });
  const cancel = (id: string) => call({ action: 'update', id, status: 'cancelled' });
  expect((await cancel(annas.id)).answer.error.code).toBe('FORBIDDEN');
  expect((await cancel(ownId)).answer.error.code).toBe('FORBIDDEN');
  expect((await cancel(made.answer.task.id)).answer.task.status).toBe('cancelled');
  expect((await harness.read(annas.id)).status).toBe('pending');
});

test('the tool acts with the rights of whom the run acts for, never more', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { id, call } = await toolOf(harness, 'viewer');
  for (const args of [
    { action: 'create', title: 'More' },
    { action: 'update', id, status: 'completed' },
    { action: 'update', id, title: 'Another' },
  ]) {
    expect((await call(args)).answer.error.code).toBe('FORBIDDEN');
  }
  expect((await call({ action: 'get', id })).answer.task.title).toBe('The own task');
});

test('rights that are revoked during a run are missing at the next call', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { tool, task } = await toolOf(harness);
  const outcome = await tool.run(
    { action: 'list' },
    {
      unitId: task.id,
      ownTaskId: task.id,
      agent: 'assistant',
      toolCallId: 'call_1',
      caller: () => Promise.reject(new Refusal('FORBIDDEN', 'The key was revoked.')),
      signal: AbortSignal.timeout(1_000),
    },
  );
  expect(JSON.parse(outcome.content)).toEqual({
    ok: false,
    error: { code: 'FORBIDDEN', message: 'The key was revoked.' },
  });
});

test('a list states how many more tasks there are', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { call } = await toolOf(harness);
  await Promise.all(
    Array.from({ length: 25 }, (_, index) =>
      createTask(harness.tasks, harness.ann, { title: `Task ${index}` }),
    ),
  );
  const { answer } = await call({ action: 'list', status: 'pending' });
  expect(answer.tasks).toHaveLength(20);
  expect(answer.more).toBe(5);
});

test('get gives a task whole, with its question and what may come next', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { id, call } = await toolOf(harness);
  const { answer } = await call({ action: 'get', id });
  expect(answer.task).toMatchObject({
    id,
    status: 'in_progress',
    created_by: 'Ann',
    allowed_next: ['completed', 'failed', 'needs_input'],
  });
  for (const unknown of ['task_00000000000000000000000000', 'run_1', '../etc', '']) {
    expect((await call({ action: 'get', id: unknown })).answer.error.code).toBe('NOT_FOUND');
  }
});

test('a field that is null counts as left out, as some providers send every field', async () => {
  await using harness = await testHarness({ endpoint: NOWHERE });
  const { call } = await toolOf(harness);
  const { answer } = await call({ action: 'create', title: 'Nulls', id: null, agent: null, status: null });
  expect(answer.ok).toBe(true);
});
