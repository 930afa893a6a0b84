import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { describe, expect, inject, test, vi } from 'vitest';
import { createLog } from '../../../src/core/log.ts';
import { Releasers } from '../../../src/core/releasers.ts';
import { createScheduler } from '../../../src/scheduler/agenda/create.ts';
import { PostgresStore } from '../../../src/scheduler/agenda/postgres.ts';
import { dueNow, type WakeUp } from '../../../src/scheduler/agenda/store.ts';
import { schedulerConformance } from '../../conformance/scheduler.ts';
import { withDatabase } from '../../fixtures/database-url.ts';
import { testPool } from '../../fixtures/pool.ts';
import { type SchedulerBackend, schedulerOptions } from '../../fixtures/scheduler-backend.ts';
import { tcpProxy } from '../../fixtures/tcp-proxy.ts';

describe('the scheduler on PostgreSQL', () => {
  schedulerConformance(backend);

  test('many first starts at once on an empty database all come up', { timeout: 60_000 }, async () => {
    await using database = await ownDatabase();
    await using releasers = new Releasers();
    const starting = Array.from({ length: 6 }, async () => {
      const { options, end } = schedulerOptions({ kind: 'postgres', url: database.url });
      releasers.push('pool', end);
      return releasers.use('scheduler', await createScheduler(options, createLog('silent')));
    });
    const schedulers = await Promise.all(starting);
    await expect
      .poll(() => Promise.all(schedulers.map((each) => each.status())), { timeout: 20_000 })
      .toEqual(schedulers.map(() => ({ ok: true })));
  });
});

test('a row that is given back while its key is woken again leaves one row, free to be taken', async () => {
  await using database = await ownDatabase();
  await using releasers = new Releasers();
  const made = schedulerOptions({ kind: 'postgres', url: database.url });
  if (made.options.kind !== 'postgres') throw new Error('not the store asked for');
  const { pool, withLock } = made.options;
  releasers.push('pool', made.end);
  const troubles: string[] = [];
  const store = new PostgresStore(pool, withLock, (error) => troubles.push(error.message));
  await store.prepare();
  const wakeUp: WakeUp = {
    job: 'work',
    data: { key: 'now', payload: { agent: 'a' }, attempt: 0 },
    at: dueNow(),
    meeting: 'earliest',
  };
  const { repository } = store.backend();
  await store.put(wakeUp);
  const job = await repository.getNextJobToRun('work', new Date(), new Date(0), undefined, {
    lastModifiedBy: 'me',
  });
  if (!job) throw new Error('there was nothing to take');
  const query = pool.query.bind(pool) as (text: string, values?: unknown[]) => Promise<unknown>;
  let wakeUps = 0;
  vi.spyOn(pool, 'query').mockImplementation((async (text: string, values?: unknown[]) => {
    const answer = await query(text, values);
    if (text.startsWith('delete from agenda_jobs mine') && wakeUps === 0) {
      wakeUps += 1;
      await store.put(wakeUp);
    }
    return answer;
  }) as never);
  await repository.unlockJob(job);
  const { rows } = await pool.query('select locked_at from agenda_jobs');
  expect({ troubles, wakeUps, rows }).toEqual({ troubles: [], wakeUps: 1, rows: [{ locked_at: null }] });
});

/** An empty one. `testDatabase` drops when "the" test has finished, which concurrent tests do not have. */
async function ownDatabase(): Promise<AsyncDisposable & { readonly url: string }> {
  const serverUrl = inject('serverUrl');
  const name = `errand_test_${randomBytes(6).toString('hex')}`;
  const onServer = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: serverUrl });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  // Not template1: of that one PostgreSQL makes one copy at a time.
  await onServer(`create database ${name} template template0`);
  return {
    url: withDatabase(serverUrl, name),
    [Symbol.asyncDispose]: () => onServer(`drop database ${name} with (force)`),
  };
}

/** A database of its own, reached through a network that can fail; a cut is the server's own. */
async function backend(): Promise<SchedulerBackend> {
  const database = await ownDatabase();
  const proxy = await tcpProxy(database.url);
  const direct = testPool({ connectionString: database.url, max: 2, application_name: 'the test' });
  return {
    address: { kind: 'postgres', url: proxy.url },
    rows: async () => {
      const found = await direct.query<{ key: string; locked: boolean; nextRunAt: Date | null }>(
        `select data->>'key' as key, locked_at is not null as locked, next_run_at as "nextRunAt" from agenda.agenda_jobs`,
      );
      return found.rows;
    },
    cut: async () => {
      await direct.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'errand agenda'`,
      );
    },
    away: async () => proxy.refuse(),
    swallow: async () => proxy.freeze(),
    back: async () => proxy.mend(),
    async [Symbol.asyncDispose]() {
      await direct.end();
      await proxy[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
