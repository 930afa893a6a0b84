import { pino } from 'pino';
import { expect, test } from 'vitest';
import { isDatabaseAway } from '../../../../src/core/database-away.ts';
import { createPool } from '../../../../src/store/postgres/pools.ts';
import { emptyDatabase } from '../../../fixtures/database.ts';
import { type TcpProxy, tcpProxy } from '../../../fixtures/tcp-proxy.ts';

const log = pino({ level: 'silent' });

test.for<[string, (network: TcpProxy) => void]>([
  ['refuses every connection', (network) => network.refuse()],
  ['takes a connection and never answers, from the beginning', (network) => network.freeze()],
])('a server that %s is away, and what was asked of it may be tried again', async ([, fail]) => {
  await using database = await emptyDatabase();
  await using network = await tcpProxy(database.url);
  fail(network);
  const pool = createPool({ url: network.url, name: 'test', max: 1 }, log);
  const error = await pool.query('select 1').catch((reason: unknown) => reason);
  await pool.end();
  expect(isDatabaseAway(error), String(error)).toBe(true);
});

test('a server whose connections end, or that falls silent on one, is away', async () => {
  await using database = await emptyDatabase();
  await using network = await tcpProxy(database.url);
  for (const fail of [() => network.cut(), () => network.freeze()]) {
    const pool = createPool({ url: network.url, name: 'test', max: 1, statementTimeoutMs: 200 }, log);
    await pool.query('select 1');
    const asking = pool.query('select pg_sleep(0.1)').catch((reason: unknown) => reason);
    fail();
    const error = await asking;
    network.mend();
    await pool.end();
    expect(isDatabaseAway(error), String(error)).toBe(true);
  }
});

const coded = (code: string) => Object.assign(new Error('of the system'), { code });

test.for(['EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', '57P01', '08006', '53300'])(
  '%s says that the database is away',
  (code) => expect(isDatabaseAway(coded(code))).toBe(true),
);

test.for(['23505', '42P01', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_URL', 'ERR_ASSERTION', undefined])(
  '%s does not: a refused statement or a fault of the program stays one, however often it is tried',
  (code) => expect(isDatabaseAway(Object.assign(new Error('duplicate key value'), { code }))).toBe(false),
);
