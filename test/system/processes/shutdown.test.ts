import { expect, test } from 'vitest';
import { sleep } from '../../../src/core/clock.ts';
import { startErrand } from '../../fixtures/errand.ts';
import {
  countWhere,
  eventsOf,
  expectLegalHistories,
  giveWork,
  heldBy,
  runsOf,
  until,
} from '../../fixtures/facts.ts';
import { testTasks } from '../../fixtures/tasks.ts';

const IN_FLIGHT = 30;
const GRACE_MS = 2_000;
const POLL_MS = 200;
const ENVIRONMENT = {
  // More slots than work: a worker that leaves could take more, and must not.
  ERRAND_WORKER_CONCURRENCY: String(IN_FLIGHT + 10),
  ERRAND_SHUTDOWN_GRACE_SECONDS: String(GRACE_MS / 1_000),
  ERRAND_POLL_SECONDS: String(POLL_MS / 1_000),
};

test('a stopping worker claims nothing new, ends within its grace period and a second, and others continue its work at once', async () => {
  await using app = await testTasks();
  const start = () => startErrand('worker', { databaseUrl: app.url, environment: ENVIRONMENT });
  const [one, two] = await Promise.all([start(), start()]);
  await using leaving = one;
  await using other = two;
  // Until the first is told to end, the other is kept from taking its share.
  other.signal('SIGSTOP');
  const unfinished = await giveWork(
    app,
    Array.from({ length: IN_FLIGHT }, (_, index) => `A quick but slow thing ${index}`),
  );
  await until('all are under way', 5_000, async () => (await heldBy(app.pool, leaving.pid)) === IN_FLIGHT);
  const leavingId = (await runsOf(app.pool))[0]?.workerId;

  const toldAt = performance.now();
  leaving.signal('SIGTERM');
  const exited = leaving.exited().then((exit) => ({ exit, afterMs: performance.now() - toldAt }));
  await until('it is stopping', 1_000, () => leaving.log().includes('"stopping"'));
  const [lateId] = await giveWork(app, ['A quick thing that comes late']);
  await sleep(3 * POLL_MS);
  expect(await countWhere(app.pool, `status = 'pending'`)).toBe(1);
  other.signal('SIGCONT');
  const code = await exited;
  await until('all is done', 20_000, async () => (await countWhere(app.pool, 'finished_at is null')) === 0);

  expect(code.exit).toBe(0);
  expect(code.afterMs).toBeLessThan(GRACE_MS + 1_000);
  const events = await eventsOf(app.pool);
  const waits = unfinished.map((id) => {
    const own = events.filter(({ taskId }) => taskId === id);
    expect(own.map(({ type }) => type)).toEqual([
      'task.created',
      'task.started',
      'run.released',
      'run.started',
      'task.completed',
    ]);
    return Number(own[3]?.at) - Number(own[2]?.at);
  });
  const longestWaitMs = Math.max(...waits);
  console.log(
    `gone after ${Math.round(code.afterMs)} ms; the last of ${IN_FLIGHT} went on after ${longestWaitMs} ms`,
  );
  expect(longestWaitMs).toBeLessThan(1_000);
  expect(await countWhere(app.pool, `status = 'completed' and attempts = 0 and lost_leases = 0`)).toBe(
    IN_FLIGHT + 1,
  );
  const runs = await runsOf(app.pool);
  expect(runs.filter(({ workerId }) => workerId === leavingId)).toHaveLength(IN_FLIGHT);
  expect(runs.filter(({ taskId }) => taskId === lateId)).toMatchObject([{ pid: other.pid }]);
  await expectLegalHistories(app.pool);
}, 60_000);
