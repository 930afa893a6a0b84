import { expect, test } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';
import { cancelTask } from '../../../src/tasks/commands/cancel.ts';
import { completeTask } from '../../../src/tasks/commands/complete.ts';
import { type CreateTaskInput, createTask } from '../../../src/tasks/commands/create.ts';
import { failTask } from '../../../src/tasks/commands/fail.ts';
import { provideInput } from '../../../src/tasks/commands/provide-input.ts';
import { requestInput } from '../../../src/tasks/commands/request-input.ts';
import { retryTask } from '../../../src/tasks/commands/retry.ts';
import { startTask } from '../../../src/tasks/commands/start.ts';
import { updateTask } from '../../../src/tasks/commands/update.ts';
import { person, testTasks } from '../../fixtures/tasks.ts';

const ada = person('Ada');

const deep = (levels: number): unknown => (levels === 0 ? 1 : { in: deep(levels - 1) });

test.for<[string, CreateTaskInput, string, RegExp]>([
  ['an empty title', { title: '' }, 'title', /empty/],
  ['an unknown agent', { title: 'a', agent: 'nobody' }, 'agent', /unknown agent .*use one of: assistant/],
  [
    'a parent that is not there',
    { title: 'a', parentId: 'task_01m86tvgageshrv6ek7gh98e9x' },
    'parentId',
    /not found: task/,
  ],
  ['a source of the system', { title: 'a', source: 'cron' }, 'source', /can only be set by the system/],
])('%s is refused and says where', async ([, input, field, message]) => {
  await using app = await testTasks();
  await expect(createTask(app.tasks, ada, input)).rejects.toMatchObject({
    code: 'VALIDATION',
    details: { issues: [{ path: [field], message: expect.stringMatching(message) }] },
  });
  expect((await app.pool.query('select 1 from tasks')).rowCount).toBe(0);
});

test('tabs, line breaks, emoji and five hundred characters are welcome', async () => {
  await using app = await testTasks();
  const title = `Ünïcode 😀\t${'x'.repeat(400)}`;
  expect(await createTask(app.tasks, ada, { title, description: 'one\r\ntwo' })).toMatchObject({
    title,
    description: 'one\r\ntwo',
  });
});

test('a result too large, too deep or with NUL is refused, and the task stays as it was', async () => {
  await using app = await testTasks();
  const { id } = await createTask(app.tasks, ada, { title: 'a' });
  await startTask(app.tasks, ada, { id });
  for (const result of [
    'x'.repeat(LIMITS.jsonBytes),
    deep(LIMITS.jsonDepth + 1),
    { a: ['b\u0000'] },
    { '\ud800': 1 },
  ]) {
    await expect(completeTask(app.tasks, ada, { id, result })).rejects.toMatchObject({
      code: 'VALIDATION',
      details: { issues: [{ path: ['result'] }] },
    });
  }
  expect(await completeTask(app.tasks, ada, { id, result: deep(LIMITS.jsonDepth) })).toMatchObject({
    status: 'completed',
    version: 3,
  });
});

test('an answer is returned unchanged, for any JSON value', async () => {
  await using app = await testTasks();
  for (const answer of ['yes', 0, false, null, [1, { a: null }], { deep: deep(5) }]) {
    const { id } = await createTask(app.tasks, ada, { title: 'a' });
    await startTask(app.tasks, ada, { id });
    await requestInput(app.tasks, ada, { id, question: 'Which?' });
    await provideInput(app.tasks, ada, { id, answer });
    const { rows } = await app.pool.query(
      'select answer, answered_at from input_requests where task_id = $1',
      [id],
    );
    expect(rows).toEqual([{ answer, answered_at: expect.any(Date) }]);
  }
});

test('an answer to a task that waits for nothing, or twice, or to another question, is refused', async () => {
  await using app = await testTasks();
  const { id } = await createTask(app.tasks, ada, { title: 'a' });
  await expect(provideInput(app.tasks, ada, { id, answer: 1 })).rejects.toMatchObject({
    code: 'NOT_WAITING',
  });
  await startTask(app.tasks, ada, { id });
  const { inputRequestId } = await requestInput(app.tasks, ada, { id, question: 'Which?' });
  const other = 'inp_01m86tvgageshrv6ek7gh98e9x';
  await expect(provideInput(app.tasks, ada, { id, inputRequestId: other, answer: 1 })).rejects.toMatchObject({
    code: 'NOT_WAITING',
  });
  const answers = await Promise.allSettled(
    [1, 2, 3].map((answer) => provideInput(app.tasks, ada, { id, inputRequestId, answer })),
  );
  expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1);
  await expect(provideInput(app.tasks, ada, { id, inputRequestId, answer: 1 })).rejects.toMatchObject({
    code: 'NOT_WAITING',
  });
});

test('unknown and malformed ids are not found, from every use-case', async () => {
  await using app = await testTasks();
  for (const id of [
    'task_01m86tvgageshrv6ek7gh98e9x',
    'task_abc',
    '',
    "'; drop table tasks",
    'key_01m86tvgageshrv6ek7gh98e9x',
  ]) {
    const calls = [
      startTask(app.tasks, ada, { id }),
      completeTask(app.tasks, ada, { id }),
      failTask(app.tasks, ada, { id, code: 'x', message: 'x' }),
      requestInput(app.tasks, ada, { id, question: 'x' }),
      provideInput(app.tasks, ada, { id, answer: 1 }),
      cancelTask(app.tasks, ada, { id }),
      updateTask(app.tasks, ada, { id, title: 'x' }),
      retryTask(app.tasks, ada, { id }),
    ];
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'NOT_FOUND' } });
    }
  }
});

test('an outdated expected version is a conflict with the current version', async () => {
  await using app = await testTasks();
  const { id } = await createTask(app.tasks, ada, { title: 'a' });
  await updateTask(app.tasks, ada, { id, title: 'b', expectedVersion: 1 });
  await expect(startTask(app.tasks, ada, { id, expectedVersion: 1 })).rejects.toMatchObject({
    code: 'VERSION_CONFLICT',
    details: { currentVersion: 2 },
  });
});

test('an update records what changed, and one that changes nothing writes nothing', async () => {
  await using app = await testTasks();
  const { id } = await createTask(app.tasks, ada, { title: 'a' });
  expect(await updateTask(app.tasks, ada, { id, title: 'a' })).toMatchObject({ version: 1 });
  await updateTask(app.tasks, ada, { id, title: 'b', priority: 3, reason: 'typo' });
  const { rows } = await app.pool.query(
    `select reason, data from task_events where task_id = $1 and type = 'task.updated'`,
    [id],
  );
  expect(rows).toEqual([
    { reason: 'typo', data: { title: { from: 'a', to: 'b' }, priority: { from: 0, to: 3 } } },
  ]);
  await expect(updateTask(app.tasks, ada, { id })).rejects.toMatchObject({ code: 'VALIDATION' });
  await cancelTask(app.tasks, ada, { id });
  await expect(updateTask(app.tasks, ada, { id, title: 'c' })).rejects.toMatchObject({
    code: 'ILLEGAL_TRANSITION',
  });
});
