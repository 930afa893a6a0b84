import { expect, test } from 'vitest';
import {
  claimOccurrences,
  closeOccurrence,
  commitToFire,
} from '../../../../src/store/triggers/occurrences-decide.ts';
import { decideOccurrence } from '../../../../src/triggers/cron/decide.ts';
import {
  endTask,
  type Harness,
  harness,
  occurrencesOf,
  putOccurrence,
  putTrigger,
  tasksOf,
} from '../../../fixtures/cron.ts';
import { until } from '../../../fixtures/facts.ts';
import { type TestTasks, testTasks } from '../../../fixtures/tasks.ts';

const NEVER = new AbortController().signal;

/** Claims what can be decided and decides it, as a runner does; gives how many there were. */
async function decideAll({ context }: Harness, app: TestTasks): Promise<number> {
  const { claimed } = await claimOccurrences(app.pool, 100);
  await Promise.all(claimed.map((one) => decideOccurrence(context, one, NEVER)));
  return claimed.length;
}

async function claimOne(app: TestTasks) {
  const { claimed } = await claimOccurrences(app.pool, 1);
  const [one] = claimed;
  if (!one) throw new Error('nothing could be claimed');
  return one;
}

/** As if the time of every claim were over: whoever had them is dead. */
async function forgetClaims(app: TestTasks): Promise<void> {
  await app.pool.query(
    `update occurrences set claimed_until = now() - interval '1 second' where outcome is null`,
  );
}

test('an occurrence makes its task, with the moment in the zone of its trigger', async () => {
  await using app = await testTasks();
  const cron = harness(app);
  const id = await putTrigger(app.pool, {
    timezone: 'Asia/Kathmandu',
    agent: 'assistant',
    title: 'Report of {{ scheduled_at }}',
    description: 'made at {{ fired_at }}',
  });
  const { id: occurrenceId, taskId, dueAt } = await putOccurrence(app.pool, id);
  expect(await decideAll(cron, app)).toBe(1);
  expect(await occurrencesOf(app.pool, id)).toMatchObject([
    { id: occurrenceId, outcome: 'fired', reason: null, taskId, decidedAt: expect.any(Date) },
  ]);
  const kathmandu = new Date(dueAt.getTime() + 345 * 60_000).toISOString().replace('Z', '+05:45');
  expect(await tasksOf(app.pool, id)).toMatchObject([
    {
      id: taskId,
      title: `Report of ${kathmandu}`,
      source: 'cron',
      status: 'pending',
      description: expect.stringMatching(/^made at .*\+05:45$/),
    },
  ]);
  const { rows } = await app.pool.query('select type, reason, actor from task_events where task_id = $1', [
    taskId,
  ]);
  expect(rows).toMatchObject([{ type: 'task.created', reason: occurrenceId, actor: { kind: 'system', id } }]);
  expect(await decideAll(cron, app)).toBe(0);
});

test('overlap skip: while a task is not final, no other is made, and the reason names it', async () => {
  await using app = await testTasks();
  const cron = harness(app);
  const id = await putTrigger(app.pool, { overlap: 'skip' });
  const first = await putOccurrence(app.pool, id, 3);
  await putOccurrence(app.pool, id, 2);
  // Of one trigger only the oldest is decided at a time, so that the next one sees its task.
  expect(await decideAll(cron, app)).toBe(1);
  expect(await decideAll(cron, app)).toBe(1);
  expect(await occurrencesOf(app.pool, id)).toMatchObject([
    { outcome: 'fired' },
    { outcome: 'skipped', reason: `overlap: ${first.taskId} is not final yet` },
  ]);
  await endTask(app.pool, first.taskId);
  await putOccurrence(app.pool, id, 1);
  await decideAll(cron, app);
  expect((await occurrencesOf(app.pool, id)).at(-1)).toMatchObject({ outcome: 'fired' });
});

test('overlap queue: the oldest fires when the task before it is final, one at a time', async () => {
  await using app = await testTasks();
  const cron = harness(app);
  const id = await putTrigger(app.pool, { overlap: 'queue' });
  const queued = [
    await putOccurrence(app.pool, id, 3),
    await putOccurrence(app.pool, id, 2),
    await putOccurrence(app.pool, id, 1),
  ];
  for (const { taskId } of queued) {
    expect(await decideAll(cron, app)).toBe(1);
    expect(await decideAll(cron, app)).toBe(0);
    expect((await tasksOf(app.pool, id)).at(-1)).toMatchObject({ id: taskId, status: 'pending' });
    await endTask(app.pool, taskId);
  }
  expect((await occurrencesOf(app.pool, id)).map(({ outcome }) => outcome)).toEqual([
    'fired',
    'fired',
    'fired',
  ]);
});

test('overlap allow: all at once', async () => {
  await using app = await testTasks();
  const cron = harness(app);
  const id = await putTrigger(app.pool, { overlap: 'allow' });
  for (const secondsAgo of [3, 2, 1]) await putOccurrence(app.pool, id, secondsAgo);
  expect(await decideAll(cron, app)).toBe(3);
  expect(await tasksOf(app.pool, id)).toHaveLength(3);
});

test.each(['skip', 'queue'] as const)(
  'overlap %s holds on many instances: never two tasks at once',
  async (overlap) => {
    await using app = await testTasks();
    const cron = harness(app);
    const id = await putTrigger(app.pool, { overlap });
    for (let secondsAgo = 20; secondsAgo > 0; secondsAgo -= 1) await putOccurrence(app.pool, id, secondsAgo);
    for (let round = 0; round < 6; round += 1) {
      await Promise.all(Array.from({ length: 5 }, () => decideAll(cron, app)));
      const { rows } = await app.pool.query(
        'select from tasks where trigger_id = $1 and finished_at is null',
        [id],
      );
      expect(rows.length).toBeLessThanOrEqual(1);
    }
    expect((await tasksOf(app.pool, id)).length).toBe(1);
  },
);

test('an undecided occurrence of a paused or deleted trigger is skipped with the reason, also in a queue', async () => {
  await using app = await testTasks();
  const cron = harness(app);
  const paused = await putTrigger(app.pool, { overlap: 'queue' });
  const [first] = [await putOccurrence(app.pool, paused, 2), await putOccurrence(app.pool, paused, 1)];
  const deleted = await putTrigger(app.pool);
  await decideAll(cron, app);
  expect(await tasksOf(app.pool, paused)).toMatchObject([{ id: first?.taskId }]);
  await putOccurrence(app.pool, deleted, 1);
  await app.pool.query(`update triggers set paused_at = now(), pause_reason = 'holidays' where id = $1`, [
    paused,
  ]);
  await app.pool.query('update triggers set deleted_at = now() where id = $1', [deleted]);
  expect(await decideAll(cron, app)).toBe(2);
  expect((await occurrencesOf(app.pool, paused)).at(-1)).toMatchObject({
    outcome: 'skipped',
    reason: 'the trigger is paused: holidays',
  });
  expect(await occurrencesOf(app.pool, deleted)).toMatchObject([
    { outcome: 'skipped', reason: 'the trigger was deleted' },
  ]);
});

test('a death before anything was decided: another decides, once', async () => {
  await using app = await testTasks();
  const cron = harness(app);
  const id = await putTrigger(app.pool);
  await putOccurrence(app.pool, id);
  await claimOne(app);
  expect(await decideAll(cron, app)).toBe(0);
  await forgetClaims(app);
  expect(await decideAll(cron, app)).toBe(1);
  expect(await tasksOf(app.pool, id)).toHaveLength(1);
});

test('a death between the decision to fire and the task: the same task is made, though the trigger is paused by then', async () => {
  await using app = await testTasks();
  const cron = harness(app);
  const id = await putTrigger(app.pool, { overlap: 'skip', checkUrl: 'https://check.example' });
  const { taskId } = await putOccurrence(app.pool, id);
  const dead = await claimOne(app);
  expect(await commitToFire(app.pool, dead, { etag: '"1"', lastModified: null })).toBe(true);
  await app.pool.query('update triggers set paused_at = now() where id = $1', [id]);
  await forgetClaims(app);
  // The check is not asked again: it would say that nothing changed since.
  expect(await decideAll(cron, app)).toBe(1);
  expect(await tasksOf(app.pool, id)).toMatchObject([{ id: taskId }]);
  expect(await occurrencesOf(app.pool, id)).toMatchObject([{ outcome: 'fired' }]);
});

test('a death between the task and its record: the decision is repeated, and there is one task', async () => {
  await using app = await testTasks();
  const cron = harness(app);
  const id = await putTrigger(app.pool, { overlap: 'skip' });
  const { taskId } = await putOccurrence(app.pool, id);
  const first = await claimOne(app);
  await decideOccurrence(cron.context, first, NEVER);
  await app.pool.query(`update occurrences set outcome = null, claimed_until = now() - interval '1 second'`);
  expect(await decideAll(cron, app)).toBe(1);
  expect(await tasksOf(app.pool, id)).toMatchObject([{ id: taskId }]);
  expect(await occurrencesOf(app.pool, id)).toMatchObject([{ outcome: 'fired' }]);
});

test('a process that lost the claim writes nothing', async () => {
  await using app = await testTasks();
  const cron = harness(app);
  const id = await putTrigger(app.pool);
  await putOccurrence(app.pool, id);
  const late = await claimOne(app);
  await forgetClaims(app);
  const second = await claimOne(app);
  expect(await decideOccurrence(cron.context, late, NEVER)).toBeUndefined();
  expect(await closeOccurrence(app.pool, late, 'skipped', 'late')).toBeUndefined();
  expect(await tasksOf(app.pool, id)).toEqual([]);
  expect(await decideOccurrence(cron.context, second, NEVER)).toMatchObject({ outcome: 'fired' });
});

test.each([
  ['an agent that is gone', { agent: 'nobody' }, /^agent: unknown agent "nobody"; use one of: assistant$/],
  ['a template that fails', { title: 'x {{ boom }}' }, /^title: boom$/],
  ['a description that fails', { description: '{{ boom }}' }, /^description: boom$/],
  [
    'a title that comes out empty',
    { title: '{{ nothing }}' },
    /^title: the template renders to an empty text/,
  ],
])('%s is on record as failed, and makes no task', async (_, fields, reason) => {
  await using app = await testTasks();
  const { Refusal } = await import('../../../../src/core/errors.ts');
  const render = async (source: string) => {
    if (source.includes('boom')) throw new Refusal('VALIDATION', 'boom');
    return source.replace('{{ nothing }}', ' ');
  };
  const cron = harness(app, { render });
  const id = await putTrigger(app.pool, fields);
  await putOccurrence(app.pool, id);
  await decideAll(cron, app);
  expect(await occurrencesOf(app.pool, id)).toMatchObject([
    { outcome: 'failed', reason: expect.stringMatching(reason) },
  ]);
  expect(await tasksOf(app.pool, id)).toEqual([]);
});

test('while the database does not answer nothing is decided, and the claim is given back', async () => {
  await using app = await testTasks();
  const { OperationError } = await import('../../../../src/core/errors.ts');
  const away = {
    ...app.tasks,
    writer: { ...app.tasks.writer, insert: () => Promise.reject(new OperationError('UNAVAILABLE', 'away')) },
  };
  const id = await putTrigger(app.pool);
  const { taskId } = await putOccurrence(app.pool, id);
  const one = await claimOne(app);
  await expect(decideOccurrence({ ...harness(app).context, tasks: away }, one, NEVER)).rejects.toThrow(
    'away',
  );
  expect(await occurrencesOf(app.pool, id)).toMatchObject([{ outcome: null }]);
  expect(await decideAll(harness(app), app)).toBe(1);
  expect(await tasksOf(app.pool, id)).toMatchObject([{ id: taskId }]);
});

test('a runner continues a queue when the log shows the end of the task before it', async () => {
  await using app = await testTasks();
  const id = await putTrigger(app.pool, { overlap: 'queue' });
  const [first, second] = [await putOccurrence(app.pool, id, 2), await putOccurrence(app.pool, id, 1)];
  // It looks by itself so seldom that only the hint can be what wakes it.
  await using runner = harness(app).runner(60_000);
  await until('the first', 10_000, async () => (await tasksOf(app.pool, id)).length === 1);
  await endTask(app.pool, first?.taskId ?? '');
  runner.seen([{ source: 'cron', to: 'cancelled' } as never]);
  await until('the second', 10_000, async () =>
    (await tasksOf(app.pool, id)).some(({ id: task }) => task === second?.taskId),
  );
});
