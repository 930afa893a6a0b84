import { expect, test } from 'vitest';
import { sleep } from '../../../src/core/clock.ts';
import { type ErrandProcess, startErrand } from '../../fixtures/errand.ts';
import { countWhere, eventsOf, expectLegalHistories, giveWork, until } from '../../fixtures/facts.ts';
import { findMongoOrSay, mongoServer } from '../../fixtures/mongodb.ts';
import { TestSocket } from '../../fixtures/stream-clients.ts';
import { type TestTasks, testTasks } from '../../fixtures/tasks.ts';
import { tcpProxy } from '../../fixtures/tcp-proxy.ts';

/** The promise is made for 10 s; here it is held at a size that an ordinary test run can afford. */
const AWAY_MS = Number(process.env['ERRAND_TEST_AWAY_MS'] ?? 2_500);
const BACK_WITHIN_MS = 5_000;
const POLL_MS = 1_000;
const CREATE = `mutation ($title: String!) { createTask(input: { title: $title, agent: "assistant" }) {
  ... on CreateTaskPayload { task { id } } ... on Error { message } } }`;

test('with PostgreSQL cut off, away or silent the process lives on, loses nothing it acknowledged, and streams go on', async () => {
  await using app = await testTasks();
  await using network = await tcpProxy(app.url);
  await using serve = await startErrand('serve', {
    databaseUrl: network.url,
    environment: { ERRAND_LEASE_SECONDS: '4', ERRAND_POLL_SECONDS: '0.5' },
  });
  const socket = await subscriber(serve);
  const creating = new AbortController();
  const acknowledged: string[] = [];
  const creates = createOnAndOn(serve, acknowledged, creating.signal);
  const isReady = async (): Promise<boolean> => (await readyStatus(serve)) === 200;
  const nextAcknowledged = (after: number) => until('a task', 10_000, () => acknowledged.length > after);
  await nextAcknowledged(3);

  network.cut();
  await nextAcknowledged(acknowledged.length);
  const backMs: number[] = [];
  for (const fail of [network.refuse, network.freeze]) {
    fail();
    const failedAtMs = performance.now();
    await until('not ready', 5_000, async () => (await readyStatus(serve)) === 503);
    await sleep(failedAtMs + AWAY_MS - performance.now());
    network.mend();
    const mendedAtMs = performance.now();
    await until('ready again', BACK_WITHIN_MS, isReady);
    backMs.push(Math.round(performance.now() - mendedAtMs));
    await nextAcknowledged(acknowledged.length);
  }
  creating.abort();
  const refused = await creates;
  await until('all is done', 20_000, async () => (await countWhere(app.pool, 'finished_at is null')) === 0);

  console.log(
    `ready again ${backMs.join(' and ')} ms after the way was free; ${acknowledged.length} tasks acknowledged, ${refused} calls answered with an error`,
  );
  expect(serve.hasEnded()).toBe(false);
  expect(refused).toBeGreaterThan(0);
  const { rows } = await app.pool.query<{ id: string; status: string }>(
    'select id, status from tasks where id = any ($1)',
    [acknowledged],
  );
  expect(rows.map(({ status }) => status)).toEqual(acknowledged.map(() => 'completed'));
  await expectLegalHistories(app.pool);
  await expectWholeStream(app, socket);
}, 90_000);

test('with MongoDB away agents work on, and the process is ready again when it is back', async () => {
  const source = await findMongoOrSay('outages of MongoDB');
  if (source === undefined || source.kind === 'given') return;
  await using mongo = await mongoServer(source);
  await using app = await testTasks();
  await using serve = await startErrand('serve', {
    databaseUrl: app.url,
    environment: { MONGODB_URL: mongo.url() },
  });
  await until('ready', 5_000, async () => (await readyStatus(serve)) === 200);

  await mongo.kill();
  await until('not ready', 5_000, async () => (await readyStatus(serve)) === 503);
  const awayAtMs = performance.now();
  const made = Array.from({ length: 5 }, (_, index) => create(serve, `A quick thing ${index}`));
  const ids = await Promise.all(made);
  await until('all is done', 20_000, async () => (await countWhere(app.pool, 'finished_at is null')) === 0);
  const doneAfterMs = Math.round(performance.now() - awayAtMs);
  expect(await readyStatus(serve)).toBe(503);
  await sleep(awayAtMs + AWAY_MS - performance.now());
  await mongo.restart();
  const backAtMs = performance.now();
  await until('ready again', BACK_WITHIN_MS, async () => (await readyStatus(serve)) === 200);

  console.log(
    `MongoDB away: 5 tasks done in ${doneAfterMs} ms; ready ${Math.round(performance.now() - backAtMs)} ms after it was back`,
  );
  expect(await countWhere(app.pool, `status = 'completed'`)).toBe(ids.length);
  expect(serve.hasEnded()).toBe(false);
}, 60_000);

test("with the scheduler's rows gone and every wake-up lost, work is late and never lost", async () => {
  await using app = await testTasks();
  await using worker = await startErrand('worker', {
    databaseUrl: app.url,
    environment: { ERRAND_POLL_SECONDS: String(POLL_MS / 1_000) },
  });
  await app.pool.query('drop schema agenda cascade');
  const waitsMs: number[] = [];
  for (let index = 0; index < 5; index += 1) {
    // Written past everything that wakes: only a poll finds it.
    const [id = ''] = await giveWork(app, [`A quick thing ${index}`]);
    await until('it is done', 20_000, async () => (await countWhere(app.pool, 'finished_at is null')) === 0);
    const [made, started] = await eventsOf(app.pool, id);
    waitsMs.push(Number(started?.at) - Number(made?.at));
  }

  console.log(`unheard, work began after ${waitsMs.join(', ')} ms`);
  expect(await countWhere(app.pool, `status = 'completed'`)).toBe(waitsMs.length);
  expect(worker.hasEnded()).toBe(false);
}, 60_000);

async function readyStatus(serve: ErrandProcess): Promise<number> {
  const response = await fetch(`${serve.url}/ready`);
  await response.arrayBuffer();
  return response.status;
}

async function create(serve: ErrandProcess, title: string): Promise<string> {
  const made = await serve.ask<{ createTask: { task: { id: string } } }>(CREATE, { title });
  return made.createTask.task.id;
}

/** A frontend that makes a task every 100 ms and takes an error for an answer; gives how many errors it got. */
async function createOnAndOn(
  serve: ErrandProcess,
  acknowledged: string[],
  signal: AbortSignal,
): Promise<number> {
  let errors = 0;
  for (let index = 0; await sleep(100, signal); index += 1) {
    try {
      acknowledged.push(await create(serve, `A quick thing ${index}`));
    } catch {
      errors += 1;
    }
  }
  return errors;
}

async function subscriber(serve: ErrandProcess): Promise<TestSocket> {
  const socket = await new TestSocket(Number(new URL(serve.url).port)).init(serve.key);
  socket.subscribe('events', 'subscription { taskEvents(after: "0") { cursor } }');
  return socket;
}

/** Every event there is, once, in order, over the one socket that was never opened anew. */
async function expectWholeStream(app: TestTasks, socket: TestSocket): Promise<void> {
  const { rows } = await app.pool.query<{ position: string }>(
    'select position::text as position from task_events e order by e.position',
  );
  const cursors = (): string[] => socket.of('events').map(({ payload }) => payload?.data?.taskEvents?.cursor);
  await until('the stream has caught up', 10_000, () => cursors().length >= rows.length || socket.closed);
  expect(cursors()).toEqual(rows.map(({ position }) => position));
  expect(socket.closed).toBeUndefined();
  socket.close();
}
