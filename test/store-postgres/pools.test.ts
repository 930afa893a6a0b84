import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createPool } from '../../src/store/postgres/pools.ts';
import { emptyDatabase } from '../fixtures/database.ts';
import { eventually } from '../fixtures/eventually.ts';
import { tcpProxy } from '../fixtures/tcp-proxy.ts';
import { query } from './helpers.ts';

const log = pino({ level: 'silent' });

test('a pool says who it is, and gives bigints, dates and objects', async () => {
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
  const there = new URL(database.url);
  await using proxy = await tcpProxy(there.hostname, Number(there.port));
  const here = new URL(database.url);
  here.port = String(proxy.port);
  const pool = createPool({ url: here.href, name: 'test', max: 1, statementTimeoutMs: 200 }, log);
  await pool.query('select 1');
  proxy.freeze();
  await expect(pool.query('select 1')).rejects.toThrow(/read timeout/);
  proxy.mend();
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await pool.end();
});
