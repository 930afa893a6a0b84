import type pg from 'pg';
import { expect, test } from 'vitest';
import { createLog } from '../../../../src/core/log.ts';
import { deferred } from '../../../../src/core/promises.ts';
import { Releasers } from '../../../../src/core/releasers.ts';
import { createWriter } from '../../../../src/tasks/commands/write.ts';
import { startCronRunner } from '../../../../src/triggers/cron/runner.ts';
import { testApp } from '../../../fixtures/app.ts';
import { harness, occurrencesOf, putOccurrence, putTrigger, tasksOf } from '../../../fixtures/cron.ts';
import { until } from '../../../fixtures/facts.ts';
import { testPool } from '../../../fixtures/pool.ts';
import { testTasks } from '../../../fixtures/tasks.ts';
import { tcpProxy } from '../../../fixtures/tcp-proxy.ts';

async function firedOf(pool: pg.Pool, triggerId: string): Promise<number> {
  return (await occurrencesOf(pool, triggerId)).filter(({ outcome }) => outcome === 'fired').length;
}

test('after an outage the last missed moment is made up once, by however many runners', async () => {
  await using app = await testTasks();
  // Half an hour from now, so that no further moment falls due during the test.
  const minute = (new Date().getUTCMinutes() + 30) % 60;
  const id = await putTrigger(app.pool, {
    cron: `${minute} * * * *`,
    scannedMsAgo: 5 * 3_600_000,
    misfireWindowSeconds: 7_200,
  });
  const cron = harness(app);
  await using runners = new Releasers();
  for (let index = 0; index < 5; index += 1) runners.use('a runner', cron.runner());
  await until('it is made up', 10_000, async () => (await firedOf(app.pool, id)) > 0);
  const occurrences = await occurrencesOf(app.pool, id);
  expect(occurrences.map(({ kind, outcome }) => [kind, outcome])).toEqual([
    ...Array.from({ length: 4 }, () => [expect.any(String), 'skipped']),
    ['misfire', 'fired'],
  ]);
  expect(await tasksOf(app.pool, id)).toHaveLength(1);
});

test('while the database is away nothing is lost: what came meanwhile is made when it answers', async () => {
  await using app = await testTasks();
  await using network = await tcpProxy(app.url);
  await using releasers = new Releasers();
  const pool = testPool({
    connectionString: network.url,
    max: 5,
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  });
  releasers.push('the pool', () => pool.end());
  const lines: string[] = [];
  const log = createLog('silent');
  const noting = Object.assign(Object.create(log) as typeof log, {
    warn: (...args: unknown[]) => lines.push(String(args.at(-1))),
    info: (...args: unknown[]) => lines.push(String(args.at(-1))),
  });
  const id = await putTrigger(app.pool, { cron: '* * * * * *' });
  const tasks = {
    ...app.tasks,
    pool,
    writer: createWriter(pool, { logGrew: () => undefined, mayWork: () => undefined }),
  };
  releasers.use(
    'the runner',
    startCronRunner({
      context: { ...harness(app).context, pool, tasks, log: noting },
      wakeAt: () => Promise.resolve(),
      pollMs: 200,
    }),
  );
  await until('it ticks', 10_000, async () => (await firedOf(app.pool, id)) > 0);
  network.refuse();
  await until('it says so', 10_000, () => lines.includes('due cron triggers cannot be read; retrying'));
  const { rows } = await app.pool.query<{ at: Date }>(`select now() + interval '2 seconds' as at`);
  const backAt = rows[0]?.at ?? new Date();
  await until(
    'two seconds go by',
    10_000,
    async () => (await app.pool.query('select 1 where now() > $1', [backAt])).rows.length > 0,
  );
  network.mend();
  await until('it made up', 15_000, async () =>
    (await occurrencesOf(app.pool, id)).some(({ dueAt, outcome }) => dueAt > backAt && outcome === 'fired'),
  );
  await app.pool.query('update triggers set paused_at = now()');
  await until('all is decided', 20_000, async () =>
    (await occurrencesOf(app.pool, id)).every(({ outcome }) => outcome !== null),
  );
  const seconds = (await occurrencesOf(app.pool, id)).map(({ dueAt }) => dueAt.getTime() / 1_000);
  expect(seconds).toEqual(seconds.map((_, index) => (seconds[0] ?? 0) + index));
  expect(await tasksOf(app.pool, id)).toHaveLength(await firedOf(app.pool, id));
  expect(lines.filter((line) => line.startsWith('due cron triggers cannot'))).toHaveLength(1);
  expect(lines).toContain('due cron triggers can be read again');
}, 60_000);

test('a stop lets the decision in hand end and takes no new one', async () => {
  await using app = await testTasks();
  const id = await putTrigger(app.pool, { checkUrl: 'https://check.example' });
  await putOccurrence(app.pool, id, 2);
  const asked = deferred<void>();
  const answered = deferred<{ status: number; headers: Record<string, string> }>();
  const runner = harness(app, {
    check: () => {
      asked.resolve();
      return answered.promise;
    },
  }).runner();
  await asked.promise;
  const stopped = runner.stop();
  await putOccurrence(app.pool, id, 1);
  answered.resolve({ status: 200, headers: {} });
  await stopped;
  expect((await occurrencesOf(app.pool, id)).map(({ outcome }) => outcome)).toEqual(['fired', null]);
});

test('a check that hangs is given up at the stop, and its occurrence is free for others', async () => {
  await using app = await testTasks();
  const id = await putTrigger(app.pool, { checkUrl: 'https://check.example' });
  await putOccurrence(app.pool, id, 1);
  let asked = false;
  const hanging = harness(app, {
    check: () => {
      asked = true;
      return new Promise(() => undefined);
    },
  }).runner();
  await until('it is asked', 10_000, () => asked);
  await hanging.stop();
  await using _next = harness(app, { check: () => Promise.resolve({ status: 200, headers: {} }) }).runner();
  await until('another decides', 5_000, async () => (await firedOf(app.pool, id)) === 1);
});

test('the whole application fires due triggers, and sets a wake-up in Agenda for the next moment', async () => {
  await using own = await testApp({ work: false });
  const { pool } = own.app.store;
  // Due each second: it is noticed whether or not anybody tells of it.
  const id = await putTrigger(pool, { cron: '* * * * * *' });
  await until('it ticks', 10_000, async () => (await firedOf(pool, id)) >= 2);
  await until('the wake-up is set', 10_000, async () => {
    const { rows } = await pool.query(
      `select from agenda.agenda_jobs where name = 'trigger' and data->'payload'->>'triggerId' = $1`,
      [id],
    );
    return rows.length > 0;
  });
});

test('without the store of Agenda, due triggers still fire', async () => {
  // Nobody listens there.
  await using own = await testApp({
    work: false,
    environment: { MONGODB_URL: 'mongodb://127.0.0.1:9/errand' },
  });
  const { pool } = own.app.store;
  const id = await putTrigger(pool, { cron: '* * * * * *' });
  await until('it ticks', 15_000, async () => (await firedOf(pool, id)) >= 3);
  const { rows } = await pool.query<{ late: number }>(
    `select extract(epoch from max(decided_at - due_at))::float8 as late from occurrences where due_at > (select min(created_at) from occurrences)`,
  );
  console.log(`decided ${rows[0]?.late} s late at most`);
}, 60_000);
