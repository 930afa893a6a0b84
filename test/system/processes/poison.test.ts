import { expect, test } from 'vitest';
import { type ErrandProcess, startErrand } from '../../fixtures/errand.ts';
import { countWhere, eventsOf, expectLegalHistories, giveWork, runsOf, until } from '../../fixtures/facts.ts';
import { testTasks } from '../../fixtures/tasks.ts';

const OPTIONS = {
  entry: 'own-handler-worker.ts',
  environment: { ERRAND_LEASE_SECONDS: '0.5', ERRAND_POLL_SECONDS: '0.1', ERRAND_WORKER_CONCURRENCY: '6' },
};

test('a task that kills its worker fails as poison after three lost leases, the last one alone, and no other task fails with it', async () => {
  await using app = await testTasks();
  const [poison = '', ...innocent] = await giveWork(app, [
    'A poison pill',
    ...Array.from({ length: 25 }, (_, index) => `Innocent thing ${index}, for 150 ms`),
  ]);
  let deaths = 0;
  const isOver = async (): Promise<boolean> => (await countWhere(app.pool, 'finished_at is null')) === 0;
  /** As an operator's supervisor would: whenever it dies it is started again. */
  async function keepRunning(): Promise<void> {
    while (!(await isOver())) {
      await using worker: ErrandProcess = await startErrand('worker', { databaseUrl: app.url, ...OPTIONS });
      const isDead = worker.exited().then(() => true);
      const end = await Promise.race([isDead, until('the end', 20_000, isOver).then(() => false)]);
      if (end) deaths += 1;
    }
  }
  await Promise.all([keepRunning(), keepRunning()]);

  const events = await eventsOf(app.pool, poison);
  expect(events.map(({ type }) => type)).toEqual([
    'task.created',
    'task.started',
    'run.lease_lost',
    'run.started',
    'run.lease_lost',
    'run.started',
    'run.lease_lost',
    'task.failed',
  ]);
  expect(events.at(-1)).toMatchObject({ reason: 'poison', to: 'failed' });
  expect(await countWhere(app.pool, `error->>'code' = 'poison'`)).toBe(1);
  expect(deaths).toBe(3);
  expect(await countWhere(app.pool, `status = 'completed'`)).toBe(innocent.length);

  const runs = await runsOf(app.pool);
  const last = runs.filter(({ taskId }) => taskId === poison).at(-1);
  const beside = runs.filter(
    (run) =>
      run !== last &&
      run.workerId === last?.workerId &&
      (run.endedAt === null || run.endedAt > last.startedAt),
  );
  expect(beside).toEqual([]);
  const victims = runs.filter(({ taskId, outcome }) => taskId !== poison && outcome === 'lease_lost');
  console.log(
    `${deaths} deaths took ${victims.length} runs of innocents along; every one of them completed later`,
  );
  expect(victims.length).toBeGreaterThan(0);
  await expectLegalHistories(app.pool);
}, 60_000);
