import type pg from 'pg';
import { expect, test } from 'vitest';
import { Releasers } from '../../../src/core/releasers.ts';
import { type ErrandProcess, startErrand } from '../../fixtures/errand.ts';
import { countWhere, eventsOf, expectLegalHistories, giveWork, runsOf, until } from '../../fixtures/facts.ts';
import { testTasks } from '../../fixtures/tasks.ts';

const LEASE_MS = 2_000;
const POLL_MS = 500;
/** The promise is made for 15 kills and 300 tasks; here it is held at a size that an ordinary test run can afford. */
const KILLS = Number(process.env['ERRAND_TEST_KILLS'] ?? 6);
const TASKS_PER_KILL = 20;
const ENVIRONMENT = {
  ERRAND_LEASE_SECONDS: String(LEASE_MS / 1_000),
  ERRAND_POLL_SECONDS: String(POLL_MS / 1_000),
  ERRAND_WORKER_CONCURRENCY: '5',
};

test('workers killed at random lose no work, double no work and make no task fail as poison', async () => {
  await using app = await testTasks();
  await using processes = new Releasers();
  let longestStartMs = 0;
  const start = async (): Promise<ErrandProcess> => {
    const startedAt = performance.now();
    const worker = await startErrand('worker', { databaseUrl: app.url, environment: ENVIRONMENT });
    longestStartMs = Math.max(longestStartMs, performance.now() - startedAt);
    return processes.use('a worker', worker);
  };
  const alive = new Set(await Promise.all([start(), start(), start()]));
  // Those three took each other's processors; what counts below is a start beside others at work.
  longestStartMs = 0;

  let lastKillAt = 0;
  const restarts: Promise<unknown>[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const titles = Array.from({ length: TASKS_PER_KILL }, (_, index) => `A quick thing ${kill}.${index}`);
    await giveWork(app, titles);
    // Each kill hits a worker with its hands full: one that has nothing would prove nothing.
    const victim = await until('a worker with work', 10_000, () => randomBusy(app.pool, [...alive]));
    alive.delete(victim);
    await victim.kill();
    lastKillAt = Date.now();
    restarts.push(start().then((fresh) => alive.add(fresh)));
    if (alive.size === 1) await Promise.all(restarts);
  }
  await until('all is done', 60_000, async () => (await countWhere(app.pool, 'finished_at is null')) === 0);
  await Promise.all(restarts);

  const total = KILLS * TASKS_PER_KILL;
  const events = await eventsOf(app.pool);
  const lost = events.filter(({ type }) => type === 'run.lease_lost').length;
  const lastDoneAt = Math.max(...events.map(({ at }) => at.getTime()));
  console.log(
    `${KILLS} kills, ${lost} leases lost; all ${total} done ${lastDoneAt - lastKillAt} ms after the last kill, a start took up to ${Math.round(longestStartMs)} ms`,
  );
  expect(lost).toBeGreaterThan(0);
  expect(await countWhere(app.pool, `status = 'completed'`)).toBe(total);
  expect(events.filter(({ type }) => type === 'task.completed')).toHaveLength(total);
  // No run was started but the first and those after a lost lease, and each has ended.
  const runs = await runsOf(app.pool);
  expect(runs.filter(({ outcome }) => outcome === 'completed')).toHaveLength(total);
  expect(runs.filter(({ outcome }) => outcome === 'lease_lost')).toHaveLength(lost);
  expect(runs).toHaveLength(total + lost);
  await expectLegalHistories(app.pool);
  // A worker that comes up again takes the processors from the others meanwhile, for as long as this machine needs for it.
  expect(lastDoneAt - lastKillAt).toBeLessThan(LEASE_MS + POLL_MS * 1.25 + 1_000 + longestStartMs);
}, 120_000);

/**
 * A worker that works, but not one whose only task has lost two leases already: killed a third time with nobody beside
 * it, that task is poison by every sign there is. A suspect with a neighbour beside it would be fair game.
 */
async function randomBusy(
  pool: pg.Pool,
  workers: readonly ErrandProcess[],
): Promise<ErrandProcess | undefined> {
  const { rows } = await pool.query<{ pid: number }>(
    `select w.pid from tasks t join workers w on w.id = t.lease_owner where t.lease_until > now()
     group by w.pid having count(*) > 1 or max(t.lost_leases) < 2`,
  );
  const busy = workers.filter(({ pid }) => rows.some((row) => row.pid === pid));
  return busy[Math.floor(Math.random() * busy.length)];
}
