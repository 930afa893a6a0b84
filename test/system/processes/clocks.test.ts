import { expect, test } from 'vitest';
import { startErrand } from '../../fixtures/errand.ts';
import { countWhere, expectLegalHistories, giveWork, runsOf, until } from '../../fixtures/facts.ts';
import { testTasks } from '../../fixtures/tasks.ts';

const QUICK = 24;

test('workers whose clocks are 15 s ahead, 15 s behind or stepping back run nothing twice', async () => {
  await using app = await testTasks();
  const start = (clock: Record<string, string>) =>
    startErrand('worker', {
      databaseUrl: app.url,
      entry: 'other-clock.ts',
      environment: {
        ERRAND_LEASE_SECONDS: '1',
        ERRAND_POLL_SECONDS: '0.1',
        ERRAND_WORKER_CONCURRENCY: '4',
        ...clock,
      },
    });
  const [one, two, three] = await Promise.all([
    start({ CLOCK_OFFSET_MS: '15000' }),
    start({ CLOCK_OFFSET_MS: '-15000' }),
    start({ CLOCK_STEP_MS: '-15000' }),
  ]);
  await using ahead = one;
  await using behind = two;
  await using stepping = three;
  // Longer than a lease, one for each worker's hands or more, and many short ones.
  await giveWork(app, [
    ...Array.from({ length: 4 }, (_, index) => `A quick but slow thing ${index}`),
    ...Array.from({ length: QUICK }, (_, index) => `A quick thing ${index}`),
  ]);
  await until('all is done', 30_000, async () => (await countWhere(app.pool, 'finished_at is null')) === 0);

  expect(await countWhere(app.pool, `status = 'completed'`)).toBe(QUICK + 4);
  const runs = await runsOf(app.pool);
  expect(runs.map(({ number, outcome }) => `${number} ${outcome}`)).toEqual(
    Array.from({ length: QUICK + 4 }, () => '1 completed'),
  );
  // Each of the three took part: one that does nothing doubles nothing.
  expect(new Set(runs.map(({ pid }) => pid))).toEqual(new Set([ahead.pid, behind.pid, stepping.pid]));
  await expectLegalHistories(app.pool);
}, 60_000);
