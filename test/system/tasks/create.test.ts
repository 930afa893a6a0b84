import { expect, test } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';
import { readTaskStats } from '../../../src/store/tasks/counts.ts';
import { cancelTask } from '../../../src/tasks/commands/cancel.ts';
import { completeTask } from '../../../src/tasks/commands/complete.ts';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { retryTask } from '../../../src/tasks/commands/retry.ts';
import { startTask } from '../../../src/tasks/commands/start.ts';
import { updateTask } from '../../../src/tasks/commands/update.ts';
import { person, testTasks } from '../../fixtures/tasks.ts';

const ada = person('Ada');

test('the same idempotency key fifty times at once makes one task, and everybody is given it', async () => {
  await using app = await testTasks();
  const input = { title: 'Once', idempotencyKey: 'key-1' };
  const tasks = await Promise.all(Array.from({ length: 50 }, () => createTask(app.tasks, ada, input)));
  expect(new Set(tasks.map((task) => task.id)).size).toBe(1);
  expect((await app.pool.query('select 1 from tasks')).rowCount).toBe(1);
});

test('the same key later gives the task as it is now; with another input it is refused; from another key it is another', async () => {
  await using app = await testTasks();
  const { id } = await createTask(app.tasks, ada, { title: 'Once', idempotencyKey: 'k' });
  await cancelTask(app.tasks, ada, { id });
  expect(await createTask(app.tasks, ada, { title: 'Once', idempotencyKey: 'k' })).toMatchObject({
    id,
    status: 'cancelled',
  });
  await expect(createTask(app.tasks, ada, { title: 'Twice', idempotencyKey: 'k' })).rejects.toMatchObject({
    code: 'IDEMPOTENCY_KEY_REUSED',
  });
  expect((await createTask(app.tasks, person('Bob'), { title: 'Once', idempotencyKey: 'k' })).id).not.toBe(
    id,
  );
  expect((await retryTask(app.tasks, ada, { id, idempotencyKey: 'k' })).retryOf).toBe(id);
});

test('a key is forgotten after twenty-four hours', async () => {
  await using app = await testTasks();
  const { id } = await createTask(app.tasks, ada, { title: 'Once', idempotencyKey: 'k' });
  await app.pool.query(`update idempotency_keys set created_at = now() - interval '24 hours 1 second'`);
  expect((await createTask(app.tasks, ada, { title: 'Another', idempotencyKey: 'k' })).id).not.toBe(id);
});

test('a refused subtask leaves its idempotency key free', async () => {
  await using app = await testTasks();
  const parent = await createTask(app.tasks, ada, { title: 'Parent' });
  await cancelTask(app.tasks, ada, { id: parent.id });
  const input = { title: 'Child', idempotencyKey: 'k' };
  await expect(createTask(app.tasks, ada, { ...input, parentId: parent.id })).rejects.toMatchObject({
    code: 'VALIDATION',
    details: { issues: [{ path: ['parentId'], message: expect.stringContaining('cancelled') }] },
  });
  expect(await createTask(app.tasks, ada, input)).toMatchObject({ title: 'Child', parentId: null });
});

test('of many subtasks at once a parent takes fifty, and they go five deep', async () => {
  await using app = await testTasks();
  const parent = await createTask(app.tasks, ada, { title: 'Parent' });
  const children = await Promise.allSettled(
    Array.from({ length: 60 }, () => createTask(app.tasks, ada, { title: 'Child', parentId: parent.id })),
  );
  expect(children.filter((child) => child.status === 'fulfilled')).toHaveLength(LIMITS.subtasks);
  let deepest = await createTask(app.tasks, ada, { title: 'Level 0' });
  for (let level = 1; level <= LIMITS.subtaskDepth; level += 1) {
    deepest = await createTask(app.tasks, ada, { title: `Level ${level}`, parentId: deepest.id });
    expect(deepest.depth).toBe(level);
  }
  await expect(createTask(app.tasks, ada, { title: 'Too deep', parentId: deepest.id })).rejects.toMatchObject(
    { code: 'VALIDATION' },
  );
});

test('a final task is tried again as a new one that points at it; one that is not final is not', async () => {
  await using app = await testTasks();
  const first = await createTask(app.tasks, ada, {
    title: 'A',
    description: 'B',
    priority: 7,
    agent: 'assistant',
  });
  await expect(retryTask(app.tasks, ada, { id: first.id })).rejects.toMatchObject({
    code: 'ILLEGAL_TRANSITION',
    details: { from: 'pending', allowed: ['in_progress', 'cancelled'] },
  });
  await cancelTask(app.tasks, ada, { id: first.id });
  const again = await retryTask(app.tasks, ada, { id: first.id, reason: 'once more' });
  expect(again).toMatchObject({
    title: 'A',
    description: 'B',
    priority: 7,
    agent: 'assistant',
    status: 'pending',
    retryOf: first.id,
  });
});

test('the counters always equal a count, after any concurrent changes', async () => {
  await using app = await testTasks();
  const made = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      createTask(app.tasks, ada, { title: 'x', ...(index % 3 === 0 && { agent: 'assistant' }) }),
    ),
  );
  await Promise.allSettled(
    made.flatMap(({ id }, index) => [
      startTask(app.tasks, ada, { id }),
      updateTask(app.tasks, ada, { id, agent: index % 2 === 0 ? 'assistant' : null }),
      completeTask(app.tasks, ada, { id }),
      index % 4 === 0 ? cancelTask(app.tasks, ada, { id }) : Promise.resolve(),
    ]),
  );
  const { rows } = await app.pool.query(
    `select status, source, coalesce(agent, '') as agent, count(*)::int as count from tasks group by 1, 2, 3 order by 1, 2, 3`,
  );
  expect(await readTaskStats(app.pool)).toEqual(rows);
});

test('the history cannot be changed, even by hand', async () => {
  await using app = await testTasks();
  await createTask(app.tasks, ada, { title: 'x' });
  await expect(app.pool.query(`update task_events set type = 'task.completed'`)).rejects.toThrow(
    'append-only',
  );
  await expect(app.pool.query('delete from task_events')).rejects.toThrow('append-only');
});
