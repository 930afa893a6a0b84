import type pg from 'pg';
import { expect, test, vi } from 'vitest';
import { createLog } from '../../../src/core/log.ts';
import type { PubSub } from '../../../src/pubsub/port.ts';
import { createPostgresPubSub } from '../../../src/pubsub/postgres/postgres.ts';
import { pubSubConformance } from '../../conformance/pubsub.ts';
import { testDatabase } from '../../fixtures/database.ts';
import { testPool } from '../../fixtures/pool.ts';
import { tcpProxy } from '../../fixtures/tcp-proxy.ts';

const log = createLog('silent');
const WAIT = { timeout: 10_000, interval: 5 };

/** One process: its pub/sub with a pool of its own. */
async function instance(url: string, listenUrl = url): Promise<PubSub & { readonly pool: pg.Pool }> {
  const pool = testPool({ connectionString: url, max: 2 });
  const pubsub = await createPostgresPubSub({ url: listenUrl, pool, log, heartbeatMs: 200 });
  return {
    ...pubsub,
    pool,
    [Symbol.asyncDispose]: async () => {
      await pubsub[Symbol.asyncDispose]();
      await pool.end();
    },
  };
}

pubSubConformance(async () => instance((await testDatabase()).url));

test('another process receives what was published, in few messages, and the sender gets no echo', async () => {
  await using database = await testDatabase();
  await using here = await instance(database.url);
  await using there = await instance(database.url);
  const heardHere: string[] = [];
  const heardThere: string[][] = [];
  here.subscribe('run', ({ taskIds }) => heardHere.push(...taskIds));
  there.subscribe('run', ({ taskIds }) => heardThere.push(taskIds));
  const names = Array.from({ length: 100 }, (_, index) => `task_${index}`);
  for (const name of names) here.publish('run', { taskIds: [name] });
  await vi.waitFor(() => expect(heardThere.flat()).toEqual(names), WAIT);
  expect(heardThere).toHaveLength(1);
  // Whatever came back would come before the answer of the other process.
  let isAnswered = false;
  here.subscribe('log', () => {
    isAnswered = true;
  });
  there.publish('log', {});
  await vi.waitFor(() => expect(isAnswered).toBe(true), WAIT);
  expect(heardHere).toEqual(names);
});

test('what was published last is sent before the end', async () => {
  await using database = await testDatabase();
  await using there = await instance(database.url);
  const heard: string[] = [];
  there.subscribe('work', ({ agents }) => heard.push(...agents));
  {
    await using here = await instance(database.url);
    here.publish('work', { agents: ['last'] });
  }
  await vi.waitFor(() => expect(heard).toEqual(['last']), WAIT);
});

test('a terminated listening connection is replaced, listeners look again, and wake-ups arrive', async () => {
  await using database = await testDatabase();
  await using here = await instance(database.url);
  await using there = await instance(database.url);
  let reconnects = 0;
  there.onReconnect(() => {
    reconnects += 1;
  });
  const heard: string[] = [];
  there.subscribe('work', ({ agents }) => heard.push(...agents));
  const { rowCount } = await here.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'errand listening'`,
  );
  expect(rowCount).toBe(2);
  await vi.waitFor(() => expect(reconnects).toBe(1), WAIT);
  here.publish('work', { agents: ['assistant'] });
  await vi.waitFor(() => expect(heard).toEqual(['assistant']), WAIT);
  expect(there.status()).toEqual({ ok: true });
});

test('the listening connection keeps its own name and timeouts, whatever the parameters of the URL', async () => {
  await using database = await testDatabase();
  const url = new URL(database.url);
  url.searchParams.set('application_name', 'theirs');
  url.searchParams.set('query_timeout', '1');
  await using there = await instance(database.url, url.href);
  await using here = await instance(database.url);
  expect(there.status()).toEqual({ ok: true });
  const { rows } = await here.pool.query(
    `select application_name as name, count(*)::int from pg_stat_activity
     where datname = current_database() and application_name in ('theirs', 'errand listening') group by 1`,
  );
  expect(rows).toEqual([{ name: 'errand listening', count: 2 }]);
});

test('a half-open connection is detected, logged and replaced', async () => {
  await using database = await testDatabase();
  await using proxy = await tcpProxy(database.url);
  await using there = await instance(database.url, proxy.url);
  let reconnects = 0;
  there.onReconnect(() => {
    reconnects += 1;
  });
  proxy.freeze();
  await vi.waitFor(() => expect(there.status().ok).toBe(false), WAIT);
  proxy.mend();
  await vi.waitFor(() => expect(reconnects).toBe(1), WAIT);
  expect(there.status()).toEqual({ ok: true });
});

test('while the database is away it stands by, publishing throws nothing, and back within 5 s hints arrive', async () => {
  await using database = await testDatabase();
  await using proxy = await tcpProxy(database.url);
  proxy.refuse();
  // It starts although nothing answers.
  await using there = await instance(proxy.url);
  await using here = await instance(database.url);
  expect(there.status().ok).toBe(false);
  expect(there.status().detail).toContain('listening for wake-ups');
  expect(JSON.stringify(there.status())).not.toContain(new URL(database.url).password || 'no password');
  const heard: string[] = [];
  there.subscribe('keys', ({ keyIds }) => heard.push(...keyIds));
  there.publish('keys', { keyIds: ['own'] });
  expect(heard).toEqual(['own']);
  const reconnected = new Promise<void>((resolve) => there.onReconnect(resolve));
  const mendedMs = performance.now();
  proxy.mend();
  await reconnected;
  expect(performance.now() - mendedMs).toBeLessThan(5_000);
  here.publish('keys', { keyIds: ['key_1'] });
  await vi.waitFor(() => expect(heard).toEqual(['own', 'key_1']), WAIT);
});

test('it ends within a second although its connection leads nowhere', async () => {
  await using database = await testDatabase();
  await using proxy = await tcpProxy(database.url);
  const pool = testPool({ connectionString: database.url, max: 1 });
  const pubsub = await createPostgresPubSub({ url: proxy.url, pool, log });
  proxy.freeze();
  const startedMs = performance.now();
  await pubsub[Symbol.asyncDispose]();
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  await pool.end();
});
