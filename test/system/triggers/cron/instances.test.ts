import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { sleep } from '../../../../src/core/clock.ts';
import { Releasers } from '../../../../src/core/releasers.ts';
import { occurrencesOf, putTrigger, tasksOf } from '../../../fixtures/cron.ts';
import { type ErrandProcess, type ErrandRole, startErrand } from '../../../fixtures/errand.ts';
import { expectLegalHistories, until } from '../../../fixtures/facts.ts';
import { findMongoOrSay, mongoServer } from '../../../fixtures/mongodb.ts';
import { testTasks } from '../../../fixtures/tasks.ts';

/** The promise is made for 30 s; here it is held at a size that an ordinary test run can afford. */
const TICKS = Number(process.env['ERRAND_TEST_CRON_SECONDS'] ?? 12);
/** What a dead process had claimed is free after this. */
const CLAIM_MS = 15_000;
const ROLES: readonly ErrandRole[] = ['serve', 'serve only', 'worker'];

async function countOf(pool: pg.Pool, condition: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select count(*)::int as n from occurrences where ${condition}`,
  );
  return rows[0]?.n ?? 0;
}

/** Resolves just after a second of the database's clock has begun. */
async function atTick(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ ms: number }>(
    `select (extract(milliseconds from clock_timestamp()) % 1000)::float8 as ms`,
  );
  await sleep(1_000 - (rows[0]?.ms ?? 0));
}

describe.each(['postgres', 'mongodb'] as const)('with Agenda on %s', (backend) => {
  test('three instances, a cron each second, one killed at a tick: one task per occurrence, none missing', async () => {
    await using releasers = new Releasers();
    const environment: Record<string, string> = {};
    if (backend === 'mongodb') {
      const source = await findMongoOrSay('cron triggers on MongoDB');
      if (source === undefined) return;
      environment['MONGODB_URL'] = releasers.use('MongoDB', await mongoServer(source)).url();
    }
    await using app = await testTasks();
    const id = await putTrigger(app.pool, { cron: '* * * * * *' });
    const instances = await Promise.all(
      ROLES.map((role) => startErrand(role, { databaseUrl: app.url, environment })),
    );
    for (const instance of instances) releasers.use('an instance', instance);

    const killed = instances[Math.floor(Math.random() * instances.length)] as ErrandProcess;
    await until('it ticks', 20_000, async () => (await countOf(app.pool, `outcome = 'fired'`)) > 2);
    const before = await countOf(app.pool, `outcome = 'fired'`);
    await atTick(app.pool);
    await killed.kill();
    await until(
      'enough ticks',
      (TICKS + 20) * 1_000,
      async () => (await countOf(app.pool, `outcome = 'fired'`)) >= before + TICKS,
    );
    await app.pool.query('update triggers set paused_at = now()');
    await until(
      'all is decided',
      CLAIM_MS + 15_000,
      async () => (await countOf(app.pool, 'outcome is null')) === 0,
    );

    const occurrences = await occurrencesOf(app.pool, id);
    const seconds = occurrences.map(({ dueAt }) => dueAt.getTime() / 1_000);
    const first = seconds[0] ?? 0;
    expect(seconds).toEqual(seconds.map((_, index) => first + index));
    const fired = occurrences.filter(({ outcome }) => outcome === 'fired');
    // What was open when it was paused was skipped for that, and nothing else was left out.
    const others = occurrences.filter(({ outcome }) => outcome !== 'fired');
    expect(
      others.filter(({ outcome, reason }) => outcome !== 'skipped' || !reason?.includes('paused')),
    ).toEqual([]);
    expect(fired.length).toBeGreaterThanOrEqual(before + TICKS);
    expect(fired.every(({ kind }) => kind === 'schedule')).toBe(true);
    const tasks = await tasksOf(app.pool, id);
    expect(tasks.map((task) => task.id).sort()).toEqual(fired.map(({ taskId }) => taskId).sort());
    expect(tasks.map(({ title }) => title).sort()).toEqual(
      fired.map(({ dueAt }) => `Tick ${dueAt.toISOString().replace('Z', '+00:00')}`).sort(),
    );
    await expectLegalHistories(app.pool);
    const { rows } = await app.pool.query<{ ms: number }>(
      `select extract(milliseconds from percentile_cont(0.5) within group (order by decided_at - due_at))::float8 as ms
       from occurrences where due_at > (select min(decided_at) from occurrences) and outcome = 'fired'`,
    );
    console.log(
      `${backend}: ${occurrences.length} ticks, decided ${Math.round(rows[0]?.ms ?? 0)} ms after they were due (median)`,
    );
  }, 120_000);
});
