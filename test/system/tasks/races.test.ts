import { expect, test } from 'vitest';
import { newId } from '../../../src/core/ids.ts';
import { createLog } from '../../../src/core/log.ts';
import { agentActor } from '../../../src/domain/actor.ts';
import type { Caller } from '../../../src/domain/permissions.ts';
import { createPool } from '../../../src/store/postgres/pools.ts';
import { changeTasks, type TaskChange } from '../../../src/store/tasks/change.ts';
import { readTask } from '../../../src/store/tasks/read.ts';
import { cancelTask } from '../../../src/tasks/commands/cancel.ts';
import { completeTask } from '../../../src/tasks/commands/complete.ts';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { startTask } from '../../../src/tasks/commands/start.ts';
import { updateTask } from '../../../src/tasks/commands/update.ts';
import type { TaskContext } from '../../../src/tasks/context.ts';
import { person, type TestTasks, testTasks } from '../../fixtures/tasks.ts';

const ada = person('Ada');

/** The same use-cases, with something done by another between the look at the task and each write. */
function withBetween(app: TestTasks, between: () => Promise<unknown>): TaskContext {
  const { writer } = app.tasks;
  const before =
    <Item, Result>(write: (item: Item) => Promise<Result>) =>
    async (item: Item): Promise<Result> => {
      await between();
      return write(item);
    };
  return {
    ...app.tasks,
    writer: { ...writer, change: before(writer.change), insert: before(writer.insert) },
  };
}

test('a move that expects a version is refused when the task changed between the look and the write', async () => {
  await using app = await testTasks();
  const { id } = await createTask(app.tasks, ada, { title: 'a' });
  const late = withBetween(app, () => updateTask(app.tasks, person('Bob'), { id, title: newId('task') }));
  await expect(startTask(late, ada, { id, expectedVersion: 1 })).rejects.toMatchObject({
    code: 'VERSION_CONFLICT',
    details: { currentVersion: 2 },
  });
  await expect(cancelTask(late, ada, { id, expectedVersion: 2 })).rejects.toMatchObject({
    code: 'VERSION_CONFLICT',
  });
  expect(await readTask(app.pool, id)).toMatchObject({ status: 'pending' });
});

/** A run of the agent on a task of its own; `lose` lets its lease run out. */
async function running(app: TestTasks): Promise<{ caller: Caller; lose: () => Promise<unknown> }> {
  const { id } = await createTask(app.tasks, ada, { title: 'work', agent: 'assistant' });
  const [claim] = await app.tasks.writer.claim({
    agents: ['assistant'],
    workerId: 'wrk_test',
    leaseMs: 60_000,
    runIds: [newId('run')],
    alone: false,
  });
  if (claim?.task.id !== id || !claim.task.lease) throw new Error('nothing was claimed');
  const run = { taskId: id, runId: claim.task.runId ?? '', token: claim.task.lease.token };
  return {
    caller: { ...ada, actor: agentActor('assistant'), run },
    lose: () =>
      app.pool.query(`update tasks set lease_until = now() - interval '1 second' where id = $1`, [id]),
  };
}

test('a run that lost its lease in the middle of a call writes nothing, to its own task or to another', async () => {
  await using app = await testTasks();
  const { caller, lose } = await running(app);
  const other = await createTask(app.tasks, ada, { title: 'other' });
  const own = caller.run?.taskId ?? '';
  // With the lease, each of them is allowed.
  expect(await createTask(app.tasks, caller, { title: 'part', parentId: own })).toMatchObject({ depth: 1 });
  expect(await updateTask(app.tasks, caller, { id: other.id, title: 'b' })).toMatchObject({ version: 2 });
  expect(await updateTask(app.tasks, caller, { id: own, title: 'b' })).toMatchObject({ version: 3 });
  const countEvents = async (): Promise<unknown> =>
    (await app.pool.query('select count(*)::int as n from task_events')).rows;
  const before = await countEvents();

  const late = withBetween(app, lose);
  for (const write of [
    () => createTask(late, caller, { title: 'part', parentId: own }),
    () => createTask(late, caller, { title: 'with a key', idempotencyKey: 'call:1' }),
    () => startTask(late, caller, { id: other.id }),
    () => cancelTask(late, caller, { id: other.id }),
    () => updateTask(late, caller, { id: other.id, title: 'c' }),
    () => updateTask(late, caller, { id: own, title: 'c' }),
  ]) {
    await expect(write()).rejects.toMatchObject({
      code: 'LEASE_HELD',
      message: expect.stringContaining('this run has lost its lease'),
    });
  }
  expect(await countEvents()).toEqual(before);
});

test('a run that lost its lease, and whose task was changed by another, is recorded as lost', async () => {
  await using app = await testTasks();
  const { caller, lose } = await running(app);
  const id = caller.run?.taskId ?? '';
  await lose();
  await completeTask(app.tasks, ada, { id, result: { by: 'hand' } });
  const { rows } = await app.pool.query('select outcome, ended_at is not null as ended from runs');
  expect(rows).toEqual([{ outcome: 'lease_lost', ended: true }]);
});

test('changes of several tasks take their rows in one order, whatever order they come in', async () => {
  await using app = await testTasks();
  const made = await Promise.all(['a', 'b'].map((title) => createTask(app.tasks, ada, { title })));
  const [first = '', second = ''] = made.map(({ id }) => id).sort();
  const cancel = (id: string): TaskChange => ({
    id,
    from: 'pending',
    to: 'cancelled',
    lease: { kind: 'any' },
    patch: {},
    events: [
      {
        type: 'task.cancelled',
        from: 'pending',
        to: 'cancelled',
        actor: ada.actor,
        reason: null,
        runId: null,
        data: null,
      },
    ],
  });
  // Planned as the write path's own pool plans them.
  const writePool = createPool({ url: app.url, name: 'writes', max: 1, byKey: true }, createLog('silent'));
  const holder = await app.pool.connect();
  try {
    await holder.query('begin');
    await holder.query('select 1 from tasks where id = $1 for update', [first]);
    const changing = changeTasks(writePool, [cancel(second), cancel(first)]);
    await expect
      .poll(async () => {
        const { rows } = await app.pool.query(
          `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        );
        return rows.length;
      })
      .toBe(1);
    // Holding the second while it waits for the first, it would deadlock with a heartbeat over both.
    await app.pool.query('select 1 from tasks where id = $1 for update nowait', [second]);
    await holder.query('commit');
    expect(await changing).toMatchObject([{ id: second }, { id: first }]);
  } finally {
    holder.release();
    await writePool.end();
  }
});
