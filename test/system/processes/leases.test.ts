import type pg from 'pg';
import { expect, test } from 'vitest';
import { startErrand } from '../../fixtures/errand.ts';
import {
  countWhere,
  eventsOf,
  expectLegalHistories,
  giveWork,
  heldBy,
  runsOf,
  typesOf,
  until,
} from '../../fixtures/facts.ts';
import { testTasks } from '../../fixtures/tasks.ts';

const LEASE_MS = 1_000;
const ENVIRONMENT = { ERRAND_LEASE_SECONDS: '1', ERRAND_POLL_SECONDS: '0.2' };

test('work five times as long as the lease is started once', async () => {
  await using app = await testTasks();
  const start = () => startErrand('worker', { databaseUrl: app.url, environment: ENVIRONMENT });
  const [one, two] = await Promise.all([start(), start()]);
  await using first = one;
  await using second = two;
  const [id = ''] = await giveWork(app, ['A slow thing']);
  await until('it is done', 15_000, async () => (await typesOf(app.pool, id)).includes('task.completed'));
  expect(await typesOf(app.pool, id)).toEqual(['task.created', 'task.started', 'task.completed']);
  const [run] = await runsOf(app.pool, id);
  expect(Number(run?.endedAt) - Number(run?.startedAt)).toBeGreaterThan(5 * LEASE_MS);
  expect([first.log(), second.log()].join('')).not.toContain('heartbeat failed');
});

test('a worker stopped past its lease and woken again writes nothing, and another completes its task once', async () => {
  await using app = await testTasks();
  await using sleeper = await startErrand('worker', { databaseUrl: app.url, environment: ENVIRONMENT });
  const [id = ''] = await giveWork(app, ['A quick and slow thing']);
  await until('it is being worked on', 5_000, async () => (await heldBy(app.pool, sleeper.pid)) === 1);
  const [lost] = await runsOf(app.pool, id);
  sleeper.signal('SIGSTOP');
  await using other = await startErrand('worker', { databaseUrl: app.url, environment: ENVIRONMENT });
  await until('another has it', 10_000, async () => (await heldBy(app.pool, other.pid)) === 1);
  const steps = await stepsOf(app.pool, lost?.id);

  sleeper.signal('SIGCONT');
  const wokenAtMs = performance.now();
  await until('the run has ended', 5_000, () => sleeper.log().includes('its outcome is not stored'));
  const endedAfterMs = performance.now() - wokenAtMs;
  await until('it is done', 15_000, async () => (await typesOf(app.pool, id)).includes('task.completed'));

  console.log(`woken past its lease: the run ended after ${Math.round(endedAfterMs)} ms`);
  expect(endedAfterMs).toBeLessThan(1_000);
  expect(await stepsOf(app.pool, lost?.id)).toBe(steps);
  const events = await eventsOf(app.pool, id);
  expect(events.map(({ type }) => type)).toEqual([
    'task.created',
    'task.started',
    'run.lease_lost',
    'run.started',
    'task.completed',
  ]);
  expect((await runsOf(app.pool, id)).map(({ outcome }) => outcome)).toEqual(['lease_lost', 'completed']);
  expect(events.at(-1)?.runId).not.toBe(lost?.id);
  await expectLegalHistories(app.pool);
});

test('runs that would end the moment their worker wakes write nothing either: the token is stale, whatever the process believes', async () => {
  await using app = await testTasks();
  const start = () =>
    startErrand('worker', { databaseUrl: app.url, entry: 'own-handler-worker.ts', environment: ENVIRONMENT });
  const [one, two] = await Promise.all([start(), start()]);
  await using sleeper = one;
  await using other = two;
  other.signal('SIGSTOP');
  const ids = await giveWork(
    app,
    Array.from({ length: 10 }, (_, index) => `Thing ${index}, for 900 ms`),
  );
  await until('all are under way', 5_000, async () => (await heldBy(app.pool, sleeper.pid)) === ids.length);
  sleeper.signal('SIGSTOP');
  other.signal('SIGCONT');
  await until('another has them', 5_000, async () => (await heldBy(app.pool, other.pid)) === ids.length);
  sleeper.signal('SIGCONT');
  await until('all is done', 10_000, async () => (await countWhere(app.pool, 'finished_at is null')) === 0);

  for (const id of ids) {
    const runs = await runsOf(app.pool, id);
    expect(runs.map(({ outcome, pid }) => [outcome, pid])).toEqual([
      ['lease_lost', sleeper.pid],
      ['completed', other.pid],
    ]);
    const end = (await eventsOf(app.pool, id)).at(-1);
    expect(end).toMatchObject({ type: 'task.completed', runId: runs[1]?.id });
  }
  await expectLegalHistories(app.pool);
});

async function stepsOf(pool: pg.Pool, runId: string | undefined): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    'select count(*)::int as n from run_events where run_id = $1',
    [runId],
  );
  return rows[0]?.n ?? 0;
}
