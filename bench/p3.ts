import { sleep } from '../src/core/clock.ts';
import type { Releasers } from '../src/core/releasers.ts';
import { createTask } from '../src/tasks/commands/create.ts';
import { type Child, startChild } from './fan/child.ts';
import type { Count } from './fan/messages.ts';
import type { Bench } from './lib/bench.ts';
import { CALLER, type Engine, startEngine } from './lib/engine.ts';
import { inPairs, type Result } from './lib/measure.ts';
import { rounded } from './lib/stats.ts';

const QUERY =
  'subscription { taskEvents { id seq type from to reason at task { id title status agent { name } } } }';
const ADMIN_KEY = 'the-admin-key-of-the-benchmark-01';
/** Events that are written together, as a busy system writes them. */
const GROUP = 5;
const UNTIL_ALL_LISTEN_MS = 200;

/** One server with its subscribers, each in a process of its own. */
interface Broadcast {
  readonly server: Child;
  readonly clients: Child;
  readonly sockets: number;
  /** Makes events happen, all at once. */
  readonly fire: (events: number) => Promise<unknown>;
}

/**
 * P3: CPU of the server's process for each event that reaches a subscriber, 500 WebSocket subscribers of one document.
 * Ours reads the log (others write the events), executes the document and writes to each; a raw `ws` broadcast sends
 * the same bytes. Also, from the same processes, the memory of an idle subscriber (P6).
 */
export async function benchmark(bench: Bench, releasers: Releasers): Promise<Record<string, Result>> {
  const sockets = bench.quick ? 100 : 500;
  const events = bench.quick ? 100 : 200;
  const url = await bench.database('p3');
  const engine = await startEngine(url, bench.log, releasers);
  const { ours, memoryKb } = await startOurs(bench, engine, url, sockets, releasers);
  const frame = await untilAllListen(ours);
  const raw = await startRaw(frame, sockets, releasers);
  await untilAllListen(raw);
  bench.say(`${sockets} subscribers each; ${Buffer.byteLength(frame)} bytes an event`);

  const cost = (name: string, side: Broadcast, group: number) => ({
    name,
    once: () => costOf(side, events, group),
  });
  const pairs = bench.quick ? 1 : 5;
  const result = await inPairs(bench, 'µs', pairs, [cost('ours', ours, GROUP), cost('raw ws', raw, GROUP)]);
  const oneByOne = await inPairs(bench, 'µs', Math.min(pairs, 3), [
    cost('ours, one by one', ours, 1),
    cost('raw ws, one by one', raw, 1),
  ]);
  return {
    P3: {
      ...result,
      unit: 'µs',
      against: 'a raw ws broadcast of the same bytes',
      promise: '≤ 1.6×',
      kept: result.ratio <= 1.6,
      oneByOne,
      subscribers: sockets,
      eventsTogether: GROUP,
      memoryPerIdleSubscriberKb: memoryKb,
    },
  };
}

async function startOurs(
  bench: Bench,
  { tasks }: Engine,
  databaseUrl: string,
  sockets: number,
  releasers: Releasers,
): Promise<{ ours: Broadcast; memoryKb: number }> {
  const environment = {
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    DATABASE_URL: databaseUrl,
    ERRAND_ADMIN_KEY: ADMIN_KEY,
    ERRAND_LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
  };
  const server = await startChild('./app-server.ts', environment, releasers);
  const clients = await startChild('./clients.ts', {}, releasers);
  const { url } = server.first as { url: string };
  const subscribe = (count: number): Promise<Count> =>
    clients.ask({ say: 'connect', url, key: ADMIN_KEY, query: QUERY, sockets: count });
  const fire = async (events: number): Promise<void> => {
    const titles = Array.from({ length: events }, (_, index) => `Quarterly report ${index}`);
    await Promise.all(titles.map((title) => createTask(tasks, CALLER, { title })));
  };
  bench.say(`${sockets} subscribers of ours connect`);
  await subscribe(sockets / 5);
  const before = await server.ask<number>({ say: 'memory' });
  await subscribe((sockets * 4) / 5);
  const after = await server.ask<number>({ say: 'memory' });
  return {
    ours: { server, clients, sockets, fire },
    memoryKb: rounded((after - before) / ((sockets * 4) / 5) / 1024),
  };
}

async function startRaw(frame: string, sockets: number, releasers: Releasers): Promise<Broadcast> {
  const server = await startChild('./raw-server.ts', {}, releasers);
  const clients = await startChild('./clients.ts', {}, releasers);
  const { url } = server.first as { url: string };
  await clients.ask({ say: 'connect', url, key: '', query: QUERY, sockets });
  return { server, clients, sockets, fire: (events) => server.ask({ say: 'fire', frame, events }) };
}

/** A subscription is not acknowledged: fires until every socket has had an event; gives the last frame. */
async function untilAllListen(broadcast: Broadcast): Promise<string> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    await broadcast.fire(1);
    await sleep(UNTIL_ALL_LISTEN_MS);
    const count = await broadcast.clients.ask<Count>({ say: 'count' });
    if (count.reached === broadcast.sockets) {
      await broadcast.fire(1);
      const { frame } = await broadcast.clients.ask<Count>({
        say: 'await',
        deliveries: count.deliveries + broadcast.sockets,
      });
      return frame;
    }
  }
  throw new Error('not every subscriber was reached');
}

/** Microseconds of the server's CPU a delivery; each group has arrived everywhere before the next is fired. */
async function costOf(
  { server, clients, sockets, fire }: Broadcast,
  events: number,
  group: number,
): Promise<number> {
  let { deliveries } = await clients.ask<Count>({ say: 'count' });
  const before = await server.ask<number>({ say: 'cpu' });
  for (let fired = 0; fired < events; fired += group) {
    await fire(group);
    deliveries += group * sockets;
    await clients.ask({ say: 'await', deliveries });
  }
  const after = await server.ask<number>({ say: 'cpu' });
  const { deliveries: had } = await clients.ask<Count>({ say: 'count' });
  if (had !== deliveries) throw new Error(`${had} deliveries, where ${deliveries} were due`);
  return (after - before) / (events * sockets);
}
