import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createPool, type PoolOptions } from '../../../../src/store/postgres/pools.ts';
import { openStore } from '../../../../src/store/store.ts';
import { emptyDatabase, type TestDatabase, testDatabase } from '../../../fixtures/database.ts';
import { query } from '../../../fixtures/embedded-postgres.ts';
import { eventually } from '../../../fixtures/eventually.ts';
import { tcpProxy } from '../../../fixtures/tcp-proxy.ts';

const log = pino({ level: 'silent' });

test('a pool sets its application name, and returns bigints, dates and objects', async () => {
  await using database = await emptyDatabase();
  const pool = createPool({ url: database.url, name: 'application', max: 1 }, log);
  const { rows } = await pool.query(
    `select current_setting('application_name') as name, 9007199254740993 as big, '{1,NULL,-3}'::int8[] as bigs,
            '{}'::int8[] as none, '2026-01-02T03:04:05.678Z'::timestamptz as at, '{"a":[1]}'::jsonb as data,
            current_setting('statement_timeout') as limit`,
  );
  await pool.end();
  expect(rows[0]).toEqual({
    name: 'errand application',
    big: 9007199254740993n,
    bigs: [1n, null, -3n],
    none: [],
    at: new Date('2026-01-02T03:04:05.678Z'),
    data: { a: [1] },
    limit: '30s',
  });
});

test('a pool with a search path makes its tables there', async () => {
  await using database = await emptyDatabase();
  await query(database.url, 'create schema agenda');
  const pool = createPool({ url: database.url, name: 'agenda', max: 3, searchPath: 'agenda' }, log);
  await pool.query('create table jobs (id int)');
  await pool.end();
  expect(await query(database.url, "select schemaname from pg_tables where tablename = 'jobs'")).toEqual([
    { schemaname: 'agenda' },
  ]);
});

/** Every setting that could break or slow us, from each side that can set one. */
async function hostile(database: TestDatabase): Promise<string> {
  for (const [name, value] of [
    ['jit', 'on'],
    ['plan_cache_mode', 'force_custom_plan'],
    ['random_page_cost', '40'],
    ['datestyle', "'SQL, DMY'"],
    ['timezone', "'Asia/Kathmandu'"],
    ['lock_timeout', '1'],
    ['search_path', 'elsewhere, public'],
    ['idle_session_timeout', '1000'],
    // Of 17 and later; a name with a dot is taken by every version, and means nothing to it.
    [
      (await hasSetting(database.url, 'transaction_timeout')) ? 'transaction_timeout' : 'errand.nothing',
      '1000',
    ],
  ]) {
    await query(database.url, `alter database ${database.name} set ${name} = ${value}`);
  }
  await query(
    database.url,
    `alter role current_user in database ${database.name} set intervalstyle = iso_8601`,
  );
  const url = new URL(database.url);
  url.searchParams.set(
    'options',
    '-c jit=on -c statement_timeout=1000 -c default_transaction_isolation=serializable',
  );
  url.searchParams.set('application_name', 'somebody else');
  url.searchParams.set('query_timeout', '1');
  url.searchParams.set('binary', 'true');
  return url.href;
}

async function hasSetting(url: string, name: string): Promise<boolean> {
  const [row] = await query<{ value: string | null }>(
    url,
    `select current_setting('${name}', true) as value`,
  );
  return row?.value !== null;
}

const SETTINGS = `select json_object_agg(name, setting) as settings from pg_settings where name in ('application_name',
  'jit', 'IntervalStyle', 'plan_cache_mode', 'random_page_cost', 'DateStyle', 'TimeZone', 'lock_timeout', 'statement_timeout',
  'default_transaction_isolation', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')`;

test("a pool's settings hold whatever the URL, the role or the database sets", async () => {
  await using database = await emptyDatabase();
  const url = await hostile(database);
  const settingsOf = async (name: string, more: Partial<PoolOptions>): Promise<unknown> => {
    const pool = createPool({ url, name, max: 1, ...more }, log);
    const { rows } = await pool.query(SETTINGS);
    await pool.end();
    return rows[0].settings;
  };
  const ours = {
    application_name: 'errand application',
    jit: 'off',
    plan_cache_mode: 'auto',
    random_page_cost: '40',
    DateStyle: 'ISO, YMD',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    lock_timeout: '0',
    statement_timeout: '30000',
    default_transaction_isolation: 'read committed',
    idle_in_transaction_session_timeout: '30000',
    idle_session_timeout: '0',
    ...((await hasSetting(database.url, 'transaction_timeout')) && { transaction_timeout: '0' }),
  };
  expect(await settingsOf('application', {})).toEqual(ours);
  expect(await settingsOf('writes', { byKey: true, statementTimeoutMs: 10_000 })).toEqual({
    ...ours,
    application_name: 'errand writes',
    random_page_cost: '0.1',
    statement_timeout: '10000',
  });
});

test('what the URL asks of the connection itself holds: TLS, whatever its spelling, is not dropped', async () => {
  await using database = await emptyDatabase();
  for (const [name, value] of [
    ['ssl', 'no-verify'],
    ['ssl', 'true'],
    ['sslmode', 'no-verify'],
    ['sslmode', 'verify-full'],
  ] as const) {
    const url = new URL(database.url);
    url.searchParams.set(name, value);
    const pool = createPool({ url: url.href, name: 'test', max: 1 }, log);
    // The server of the tests has no certificate: who asks for TLS is refused, and never served without.
    await expect(pool.query('select 1'), `${name}=${value}`).rejects.toThrow(/does not support SSL/);
    await pool.end();
  }
});

test('nothing of ours is compiled at run time, Prisma and Agenda included, wherever JIT was switched on', async () => {
  await using database = await testDatabase();
  const databaseUrl = await hostile(database);
  await using store = await openStore({ databaseUrl, dataDir: '', leaseMs: 30_000, log });
  const pools = {
    pool: store.pool,
    write: store.writePool,
    lease: store.leasePool,
    agenda: store.agendaPool,
  };
  for (const [name, pool] of Object.entries(pools)) {
    expect([name, (await pool.query('show jit')).rows]).toEqual([name, [{ jit: 'off' }]]);
  }
  expect(await store.prisma.$queryRaw`show jit`).toEqual([{ jit: 'off' }]);
  expect((await store.agendaPool.query('show search_path')).rows).toEqual([{ search_path: 'agenda' }]);
});

test('a statement that takes too long is ended by the server', async () => {
  await using database = await emptyDatabase();
  const pool = createPool({ url: database.url, name: 'test', max: 1, statementTimeoutMs: 100 }, log);
  await expect(pool.query('select pg_sleep(20)')).rejects.toThrow(/statement timeout/);
  await pool.end();
});

test('every connection cut, idle and in use, fails the statement in flight and nothing else', async () => {
  await using database = await emptyDatabase();
  const pool = createPool({ url: database.url, name: 'test', max: 3 }, log);
  await Promise.all([1, 2, 3].map(() => pool.query('select pg_sleep(0.05)')));
  const held = await pool.connect();
  const inFlight = expect(pool.query('select pg_sleep(20)')).rejects.toThrow(/terminat/);
  await eventually(async () => {
    const [row] = await query(
      database.url,
      "select count(*)::int as busy from pg_stat_activity where application_name = 'errand test' and state = 'active'",
    );
    expect(row).toEqual({ busy: 1 });
  });
  await query(
    database.url,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'errand test'",
  );
  await inFlight;
  held.release();
  await eventually(async () => expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]));
  await pool.end();
});

test('a half-open connection is noticed by the statement on it, and replaced', async () => {
  await using database = await emptyDatabase();
  await using proxy = await tcpProxy(database.url);
  const pool = createPool({ url: proxy.url, name: 'test', max: 1, statementTimeoutMs: 200 }, log);
  await pool.query('select 1');
  proxy.freeze();
  await expect(pool.query('select 1')).rejects.toThrow(/read timeout/);
  proxy.mend();
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await pool.end();
});
