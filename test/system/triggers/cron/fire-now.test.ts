import { expect, test } from 'vitest';
import { newId } from '../../../../src/core/ids.ts';
import { addManual } from '../../../../src/store/triggers/occurrences-decide.ts';
import { fireCronTrigger } from '../../../../src/triggers/cron/fire-now.ts';
import { previewCron } from '../../../../src/triggers/cron/preview.ts';
import { harness, occurrencesOf, putOccurrence, putTrigger, tasksOf } from '../../../fixtures/cron.ts';
import { person, testTasks } from '../../../fixtures/tasks.ts';

const KIM = person('Kim');

test('firing by hand creates a task at once in any state of the trigger, and records actor and reason', async () => {
  await using app = await testTasks();
  const { context } = harness(app);
  // Paused, with a check that would fail, and skipping overlaps.
  const id = await putTrigger(app.pool, {
    overlap: 'skip',
    checkUrl: 'https://check.example',
    paused: 'holidays',
  });
  const first = await fireCronTrigger(context, KIM, { id, reason: 'to see it work' });
  expect(first).toMatchObject({
    triggerId: id,
    kind: 'manual',
    outcome: 'fired',
    firedBy: KIM.actor,
    reason: 'to see it work',
  });
  const second = await fireCronTrigger(context, KIM, { id });
  expect(second).toMatchObject({ outcome: 'fired', reason: null });
  expect((await tasksOf(app.pool, id)).map(({ id: task }) => task)).toEqual([first.taskId, second.taskId]);
});

test('fifty at once are fifty tasks, and none takes a moment of the schedule', async () => {
  await using app = await testTasks();
  const { context } = harness(app);
  const id = await putTrigger(app.pool);
  const fired = await Promise.all(Array.from({ length: 50 }, () => fireCronTrigger(context, KIM, { id })));
  expect(new Set(fired.map(({ dueAt }) => dueAt.getTime())).size).toBe(50);
  expect(fired.filter(({ dueAt }) => dueAt.getUTCMilliseconds() === 0)).toEqual([]);
  expect(await tasksOf(app.pool, id)).toHaveLength(50);
});

test('whatever the millisecond, a moment by hand is never a whole second', async () => {
  await using app = await testTasks();
  const triggerId = await putTrigger(app.pool);
  const add = (laterMs: number) => {
    const ids = { id: newId('occurrence'), taskId: newId('task') };
    return addManual(app.pool, { ...ids, triggerId, firedBy: KIM.actor, reason: null }, laterMs);
  };
  await Promise.all(Array.from({ length: 1_500 }, (_, laterMs) => add(laterMs)));
  const occurrences = await occurrencesOf(app.pool, triggerId);
  expect(occurrences.length).toBeGreaterThan(500);
  expect(occurrences.filter(({ dueAt }) => dueAt.getUTCMilliseconds() === 0)).toEqual([]);
});

test('the schedule does not change: a waiting occurrence is decided by its own rules', async () => {
  await using app = await testTasks();
  const { context } = harness(app);
  const id = await putTrigger(app.pool, { overlap: 'skip' });
  const scheduled = await putOccurrence(app.pool, id, 1);
  await fireCronTrigger(context, KIM, { id });
  expect(await occurrencesOf(app.pool, id)).toMatchObject([
    { id: scheduled.id, outcome: null },
    { kind: 'manual' },
  ]);
});

test('a task that cannot be created is recorded as failed', async () => {
  await using app = await testTasks();
  const id = await putTrigger(app.pool, { agent: 'nobody' });
  const fired = await fireCronTrigger(harness(app).context, KIM, { id, reason: 'try' });
  expect(fired).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('unknown agent "nobody"'),
  });
  expect(await tasksOf(app.pool, id)).toEqual([]);
});

test('a caller without permission, and a missing, webhook or deleted trigger, are refused', async () => {
  await using app = await testTasks();
  const { context } = harness(app);
  const id = await putTrigger(app.pool);
  for (const role of ['viewer', 'agent'] as const) {
    await expect(fireCronTrigger(context, person('Vi', role), { id })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  }
  await app.pool.query(
    `insert into triggers (id, kind, name, origin, title, created_by, path) values ('trg_hook', 'webhook', 'h', 'api', 't', '{}', 'h')`,
  );
  await app.pool.query('update triggers set deleted_at = now() where id = $1', [id]);
  for (const missing of ['trg_nothing', 'trg_hook', id]) {
    await expect(fireCronTrigger(context, KIM, { id: missing })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
  await expect(fireCronTrigger(context, KIM, { id, reason: 'x'.repeat(5_000) })).rejects.toMatchObject({
    code: 'VALIDATION',
  });
  expect(await occurrencesOf(app.pool, id)).toEqual([]);
});

test('a preview shows what comes next, by the words and the moments that count', () => {
  const { words, occurrences } = previewCron({ cron: '0 2 * * mon-fri', timezone: 'Europe/Berlin' });
  expect(words).toBe('At 02:00, Monday through Friday');
  expect(occurrences).toHaveLength(5);
  expect(occurrences[0]?.getTime()).toBeGreaterThan(Date.now());
  expect(previewCron({ cron: '@daily', timezone: 'UTC', first: 100 }).occurrences).toHaveLength(100);
});

test.each([0, 101, 1.5, Number.NaN])('a preview of %s moments is refused', (first) => {
  expect(() => previewCron({ cron: '@daily', timezone: 'UTC', first })).toThrow(/^first: /);
});

test('a preview refuses the same input as a save', () => {
  expect(() => previewCron({ cron: '* * * * * *', timezone: 'UTC' })).toThrow(/cron: /);
  expect(() => previewCron({ cron: '@daily', timezone: 'Mars/Phobos' })).toThrow(/timezone: /);
});
