import { expect, test } from 'vitest';
import { newId } from '../../../src/core/ids.ts';
import { agentActor } from '../../../src/domain/actor.ts';
import type { Caller } from '../../../src/domain/permissions.ts';
import type { Task } from '../../../src/domain/task.ts';
import { cancelTask } from '../../../src/tasks/commands/cancel.ts';
import { completeTask } from '../../../src/tasks/commands/complete.ts';
import { createTask } from '../../../src/tasks/commands/create.ts';
import { failTask } from '../../../src/tasks/commands/fail.ts';
import { provideInput } from '../../../src/tasks/commands/provide-input.ts';
import { requestInput } from '../../../src/tasks/commands/request-input.ts';
import { startTask } from '../../../src/tasks/commands/start.ts';
import { updateTask } from '../../../src/tasks/commands/update.ts';
import { person, type TestTasks, testTasks } from '../../fixtures/tasks.ts';

const ada = person('Ada');

/** Claims one task as a worker does, for a lease of `leaseMs`. */
async function claimed(app: TestTasks, leaseMs = 60_000): Promise<{ task: Task; caller: Caller }> {
  const [claim] = await app.tasks.writer.claim({
    agents: ['assistant'],
    workerId: 'wrk_test',
    leaseMs,
    runIds: [newId('run')],
    alone: false,
  });
  if (!claim?.task.lease) throw new Error('nothing was claimed');
  const { task } = claim;
  const run = { taskId: task.id, runId: task.runId ?? '', token: claim.task.lease.token };
  return { task, caller: { ...ada, actor: agentActor('assistant'), role: 'member', run } };
}

test('while a run holds a task, only that run moves it, anybody with the right cancels it', async () => {
  await using app = await testTasks();
  const { id } = await createTask(app.tasks, ada, { title: 'a', agent: 'assistant' });
  const { task } = await claimed(app);
  const moves = [
    completeTask(app.tasks, ada, { id }),
    failTask(app.tasks, ada, { id, code: 'x', message: 'x' }),
    requestInput(app.tasks, ada, { id, question: 'x' }),
    updateTask(app.tasks, ada, { id, agent: null }),
  ];
  for (const outcome of await Promise.allSettled(moves)) {
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: { code: 'LEASE_HELD', details: { heldBy: `Run ${task.runId}` } },
    });
  }
  expect(await updateTask(app.tasks, ada, { id, title: 'b' })).toMatchObject({ title: 'b' });
  expect(await cancelTask(app.tasks, ada, { id, reason: 'not needed' })).toMatchObject({
    status: 'cancelled',
    lease: null,
  });
});

test('a run whose task was cancelled, or whose lease ran out, writes nothing', async () => {
  await using app = await testTasks();
  await createTask(app.tasks, ada, { title: 'a', agent: 'assistant' });
  const cancelled = await claimed(app);
  await cancelTask(app.tasks, ada, { id: cancelled.task.id });
  await expect(completeTask(app.tasks, cancelled.caller, { id: cancelled.task.id })).rejects.toMatchObject({
    code: 'ILLEGAL_TRANSITION',
  });

  const second = await createTask(app.tasks, ada, { title: 'b', agent: 'assistant' });
  const late = await claimed(app, 1);
  await expect
    .poll(() =>
      claimed(app).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
  await expect(completeTask(app.tasks, late.caller, { id: second.id })).rejects.toMatchObject({
    code: 'LEASE_HELD',
  });
  const { rows } = await app.pool.query('select type from task_events where task_id = $1 order by seq', [
    second.id,
  ]);
  expect(rows.map((row) => row.type)).toEqual([
    'task.created',
    'task.started',
    'run.lease_lost',
    'run.started',
  ]);
});

test('a task with an agent is not started by hand until the agent is taken off', async () => {
  await using app = await testTasks();
  const { id } = await createTask(app.tasks, ada, { title: 'a', agent: 'assistant' });
  await expect(startTask(app.tasks, ada, { id })).rejects.toMatchObject({
    code: 'LEASE_HELD',
    details: { heldBy: 'Agent assistant' },
  });
  await updateTask(app.tasks, ada, { id, agent: null });
  expect(await startTask(app.tasks, ada, { id })).toMatchObject({
    status: 'in_progress',
    takenBy: ada.actor.id,
  });
});

test('a viewer changes nothing', async () => {
  await using app = await testTasks();
  const viewer = person('Vic', 'viewer');
  const { id } = await createTask(app.tasks, ada, { title: 'a' });
  const calls = [
    createTask(app.tasks, viewer, { title: 'a' }),
    updateTask(app.tasks, viewer, { id, title: 'b' }),
    startTask(app.tasks, viewer, { id }),
    cancelTask(app.tasks, viewer, { id }),
  ];
  for (const outcome of await Promise.allSettled(calls)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'FORBIDDEN' } });
  }
});

test('an agent key creates tasks and moves those it holds, and never answers, cancels, or moves tasks held by others', async () => {
  await using app = await testTasks();
  const agent = person('Agent key', 'agent');
  const { id } = await createTask(app.tasks, agent, { title: 'mine' });
  await startTask(app.tasks, agent, { id });
  await requestInput(app.tasks, agent, { id, question: 'Which?' });
  await expect(provideInput(app.tasks, agent, { id, answer: 1 })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  await expect(cancelTask(app.tasks, agent, { id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await provideInput(app.tasks, ada, { id, answer: 1 });
  expect(await completeTask(app.tasks, agent, { id })).toMatchObject({ status: 'completed' });

  const other = await createTask(app.tasks, ada, { title: "Ada's" });
  await startTask(app.tasks, ada, { id: other.id });
  await expect(completeTask(app.tasks, agent, { id: other.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });

  const between = await createTask(app.tasks, ada, { title: 'Between two runs', agent: 'assistant' });
  await claimed(app, 1);
  await expect
    .poll(() =>
      failTask(app.tasks, agent, { id: between.id, code: 'x', message: 'x' }).catch((error) => error.code),
    )
    .toBe('FORBIDDEN');
});

test('a key names only its own sources; a run is always the agent', async () => {
  await using app = await testTasks();
  const api: Caller = { ...ada, sources: ['api'] };
  expect((await createTask(app.tasks, api, { title: 'a' })).source).toBe('api');
  await expect(createTask(app.tasks, api, { title: 'a', source: 'dashboard' })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  await createTask(app.tasks, ada, { title: 'a', agent: 'assistant' });
  const run = await claimed(app);
  expect((await createTask(app.tasks, run.caller, { title: 'sub', parentId: run.task.id })).source).toBe(
    'agent',
  );
});
