import pg from 'pg';
import { expect, test, vi } from 'vitest';
import { createLog } from '../../../../src/core/log.ts';
import type { TaskEvent } from '../../../../src/domain/events.ts';
import { createEventLog, type EventLog } from '../../../../src/streams/log/event-log.ts';
import { testDatabase } from '../../../fixtures/database.ts';
import { eventually } from '../../../fixtures/eventually.ts';
import { insertTasks, writeConcurrently } from '../../../fixtures/log-writers.ts';
import { testPool } from '../../../fixtures/pool.ts';
import { tcpProxy } from '../../../fixtures/tcp-proxy.ts';

const silent = createLog('silent');

interface LogDatabase extends AsyncDisposable {
  readonly url: string;
  readonly pool: pg.Pool;
  readonly openLog: () => Promise<EventLog>;
}

async function logDatabase(): Promise<LogDatabase> {
  const database = await testDatabase();
  const pool = testPool({ connectionString: database.url, max: 10, application_name: 'reader' });
  const logs: EventLog[] = [];
  return {
    url: database.url,
    pool,
    openLog: async () => {
      const log = createEventLog({ pool, log: silent });
      logs.push(log);
      await log.start();
      return log;
    },
    [Symbol.asyncDispose]: async () => {
      for (const log of logs) await log[Symbol.asyncDispose]();
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function storedPositions(pool: pg.Pool): Promise<bigint[]> {
  const { rows } = await pool.query<{ p: string }>(
    'select position::text as p from task_events e order by e.position',
  );
  return rows.map((row) => BigInt(row.p));
}

function expectInOrderPerTask(events: readonly TaskEvent[]): void {
  const last = new Map<string, number>();
  for (const event of events) {
    expect(event.seq).toBe((last.get(event.taskId) ?? 1) + 1);
    last.set(event.taskId, event.seq);
  }
}

/** Reads on from random cursors, in pages of random size, as a subscriber does that is dropped again and again. */
async function readResuming(log: EventLog, until: () => boolean): Promise<TaskEvent[]> {
  const got: TaskEvent[] = [];
  let cursor = 0n;
  while (true) {
    const last = until();
    const { events, position } = await log.read({
      after: cursor,
      limit: 1 + Math.floor(Math.random() * 200),
    });
    // Dropped half-way: only some of the page arrived, and the reader goes on from what it has.
    const kept = Math.random() < 0.3 ? events.slice(0, Math.floor(Math.random() * events.length)) : events;
    got.push(...kept);
    const dropped = kept.length < events.length;
    cursor = dropped ? (kept.at(-1)?.position ?? cursor) : position;
    if (last && !dropped && events.length === 0) return got;
    if (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

test('three hundred concurrent writers, rollbacks and a foreign transaction left open: nothing skipped, nothing doubled, in order per task', async () => {
  await using database = await logDatabase();
  const foreign = await testDatabase();
  await using _foreign = foreign;
  const stranger = new pg.Client(foreign.url);
  await stranger.connect();
  const neighbour = new pg.Client(database.url);
  await neighbour.connect();
  try {
    await stranger.query('begin');
    await stranger.query(`insert into workers (id, host, pid, slots) values ('x', 'x', 1, 1)`);
    await neighbour.query('begin');
    await neighbour.query(`insert into workers (id, host, pid, slots) values ('x', 'x', 1, 1)`);
    const taskIds = await insertTasks(database.pool, 400);
    const logs = [await database.openLog(), await database.openLog()];
    const live: TaskEvent[][] = logs.map((log) => {
      const got: TaskEvent[] = [];
      log.onPage((events, settled) => {
        got.push(...events);
        expect(settled).toBe(events.at(-1)?.position);
      });
      return got;
    });
    const timer = setInterval(() => logs[0]?.look(), 5);
    let end: bigint | undefined;
    const resuming = logs.map((log) => readResuming(log, () => end !== undefined && log.settled() >= end));
    await writeConcurrently({
      url: database.url,
      taskIds,
      connections: 30,
      writers: 300,
      transactionsEach: 12,
    });
    const stored = await storedPositions(database.pool);
    end = stored.at(-1) ?? 0n;
    const resumed = await Promise.all(resuming);
    clearInterval(timer);
    expect(stored.length).toBeGreaterThan(5_000);
    expect(stored.length).toBeLessThan(Number(await logs[0]?.lastAssigned()));
    for (const got of [...live, ...resumed]) {
      expect(got.map((event) => event.position)).toEqual(stored);
      expectInOrderPerTask(got);
    }
  } finally {
    await stranger.end();
    await neighbour.end();
  }
}, 60_000);

test('an event that commits late is waited for, and one that is rolled back is passed', async () => {
  await using database = await logDatabase();
  const [late = '', early = ''] = await insertTasks(database.pool, 2);
  const log = await database.openLog();
  const got: string[] = [];
  log.onPage((events) => got.push(...events.map((event) => `${event.taskId} ${event.seq}`)));
  const event = `insert into task_events (task_id, seq, type, actor, source, at) values ($1, $2, 'run.released', '{}', 'api', now())`;
  for (const [seq, ending] of [
    [2, 'commit'],
    [3, 'rollback'],
  ] as const) {
    const client = await database.pool.connect();
    await client.query('begin');
    await client.query(event, [late, seq]);
    const { rows: clock } = await database.pool.query<{ now: Date }>('select clock_timestamp() as now');
    await database.pool.query(event, [early, seq]);
    log.look();
    const before = got.length;
    // The gap is seen: the reader asks who is writing again and again, and gives nothing out.
    await eventually(async () => {
      const { rows } = await database.pool.query(
        `select 1 from pg_stat_activity where datname = current_database() and query like '%pg_locks%' and query_start > $1 and pid <> pg_backend_pid()`,
        [clock[0]?.now],
      );
      expect(rows.length).toBeGreaterThan(0);
    });
    expect(got.length).toBe(before);
    await client.query(ending);
    client.release();
    await eventually(() => expect(got.at(-1)).toBe(`${early} ${seq}`));
  }
  expect(got).toEqual([`${late} 2`, `${early} 2`, `${early} 3`]);
});

test('a start while a transaction is writing waits for it, so that its event is on one side of the end', async () => {
  await using database = await logDatabase();
  const [id = ''] = await insertTasks(database.pool, 1);
  const client = await database.pool.connect();
  await client.query('begin');
  await client.query(
    `insert into task_events (task_id, seq, type, actor, source, at) values ($1, 2, 'run.released', '{}', 'api', now())`,
    [id],
  );
  const opening = database.openLog();
  let opened = false;
  void opening.then(() => {
    opened = true;
  });
  await database.pool.query('select pg_sleep(0.1)');
  expect(opened).toBe(false);
  await client.query('commit');
  client.release();
  const log = await opening;
  expect(log.settled()).toBe(1n);
  expect((await log.read({ after: 0n, limit: 10 })).events).toHaveLength(1);
});

test('after repeated losses of all connections the reader continues, logs them, and misses nothing', async () => {
  await using database = await logDatabase();
  const taskIds = await insertTasks(database.pool, 20);
  const log = await database.openLog();
  const got: TaskEvent[] = [];
  log.onPage((events) => got.push(...events));
  const admin = new pg.Client(database.url);
  await admin.connect();
  try {
    for (let round = 0; round < 5; round += 1) {
      await writeConcurrently({
        url: database.url,
        taskIds,
        connections: 5,
        writers: 5,
        transactionsEach: 4,
        maxPauseMs: 2,
      });
      await admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'reader'",
      );
      log.look();
    }
    const { rows } = await admin.query<{ p: string }>(
      'select position::text as p from task_events e order by e.position',
    );
    log.look();
    await vi.waitFor(
      () => expect(got.map((event) => `${event.position}`)).toEqual(rows.map((row) => row.p)),
      {
        timeout: 10_000,
      },
    );
    // The look that was under way when its connection was cut may still be the last one.
    await vi.waitFor(() => expect(log.status()).toEqual({ ok: true }), { timeout: 10_000 });
  } finally {
    await admin.end();
  }
}, 30_000);

test('with connections half open the log is read again within five seconds of their recovery', async () => {
  await using database = await logDatabase();
  const [id = ''] = await insertTasks(database.pool, 1);
  await using proxy = await tcpProxy(database.url);
  const pool = testPool({ connectionString: proxy.url, max: 2, query_timeout: 6_000 });
  const log = createEventLog({ pool, log: silent });
  await log.start();
  const got: bigint[] = [];
  log.onPage((events) => got.push(...events.map((event) => event.position)));
  proxy.freeze();
  log.look();
  await database.pool.query(
    `insert into task_events (task_id, seq, type, actor, source, at) values ($1, 2, 'run.released', '{}', 'api', now())`,
    [id],
  );
  await vi.waitFor(() => expect(log.status().ok).toBe(false), { timeout: 6_000 });
  proxy.mend();
  await vi.waitFor(() => expect(got).toEqual([1n]), { timeout: 5_000 });
  expect(log.status().ok).toBe(true);
  await log[Symbol.asyncDispose]();
  await pool.end();
}, 30_000);

test('during a database outage the status reports it, and the end of the log is found after it', async () => {
  await using database = await logDatabase();
  const away = testPool({ connectionString: database.url.replace(/:\d+\//, ':1/'), max: 1 });
  const log = createEventLog({ pool: away, log: silent });
  const starting = log.start();
  await eventually(() => expect(log.status().detail).toMatch(/cannot be read/));
  await log[Symbol.asyncDispose]();
  await starting;
  await away.end();
});
