import { pino } from 'pino';
import { expect, test } from 'vitest';
import { isDatabaseAway } from '../../src/store/away.ts';
import { createPool } from '../../src/store/postgres/pools.ts';
import { emptyDatabase } from '../fixtures/database.ts';
import { type TcpProxy, tcpProxy } from '../fixtures/tcp-proxy.ts';

const log = pino({ level: 'silent' });

test.for<[string, (network: TcpProxy) => void]>([
  ['refuses every connection', (network) => network.refuse()],
  ['takes a connection and never answers, from the beginning', (network) => network.freeze()],
])('a server that %s is away, and what was asked of it may be tried again', async ([, fail]) => {
  await using database = await emptyDatabase();
  const direct = new URL(database.url);
  await using network = await tcpProxy(direct.hostname, Number(direct.port));
  const through = new URL(database.url);
  through.host = `127.0.0.1:${network.port}`;
  fail(network);
  const pool = createPool({ url: through.href, name: 'test', max: 1 }, log);
  const error = await pool.query('select 1').catch((reason: unknown) => reason);
  await pool.end();
  expect(isDatabaseAway(error), String(error)).toBe(true);
});

test('a server whose connections end, or that falls silent on one, is away', async () => {
  await using database = await emptyDatabase();
  const direct = new URL(database.url);
  await using network = await tcpProxy(direct.hostname, Number(direct.port));
  const through = new URL(database.url);
  through.host = `127.0.0.1:${network.port}`;
  for (const fail of [() => network.cut(), () => network.freeze()]) {
    const pool = createPool({ url: through.href, name: 'test', max: 1, statementTimeoutMs: 200 }, log);
    await pool.query('select 1');
    const asking = pool.query('select pg_sleep(0.1)').catch((reason: unknown) => reason);
    fail();
    const error = await asking;
    network.mend();
    await pool.end();
    expect(isDatabaseAway(error), String(error)).toBe(true);
  }
});

test('a name that cannot be looked up just now is away, and a refused statement is not', () => {
  const coded = (code: string) => Object.assign(new Error('said by the system'), { code });
  expect(isDatabaseAway(coded('EAI_AGAIN'))).toBe(true);
  expect(isDatabaseAway(coded('57P01'))).toBe(true);
  expect(isDatabaseAway(coded('23505'))).toBe(false);
  expect(isDatabaseAway(new Error('duplicate key value'))).toBe(false);
});
