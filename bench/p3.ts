import { sleep } from '../src/core/clock.ts';
import type { Releasers } from '../src/core/releasers.ts';
import { createTask } from '../src/tasks/commands/create.ts';
import { type Child, serverEnvironment, startChild } from './fan/child.ts';
import type { Count } from './fan/messages.ts';
import type { Bench } from './lib/bench.ts';
import { CALLER, type Engine, startEngine } from './lib/engine.ts';
import { inPairs, type Result } from './lib/measure.ts';
import { rounded } from './lib/stats.ts';

const QUERY =
  'subscription { taskEvents { id seq type from to reason at task { id title status agent { name } } } }';
const ADMIN_KEY = 'the-admin-key-of-the-benchmark-01';
/** Events written together, as in a busy system. */
const GROUP = 5;
const LISTEN_CHECK_MS = 200;

/** One server and its subscribers, each in a separate process. */
interface Broadcast {
  readonly server: Child;
  readonly clients: Child;
  readonly sockets: number;
  /** Causes this many events at once. */
  readonly fire: (events: number) => Promise<unknown>;
}

/**
 * P3: CPU of the server's process per event and subscriber, with 500 WebSocket subscribers of one document. Ours reads
 * the log (another process writes the events), executes the document and writes to each; a raw `ws` broadcast sends the
 * same bytes. Also, from the same processes, the memory of an idle subscriber (P6).
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
      target: '≤ 1.6×',
      met: result.ratio <= 1.6,
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
  const server = await startChild('./app-server.ts', serverEnvironment(databaseUrl, ADMIN_KEY), releasers);
  const clients = await startChild('./clients.ts', {}, releasers);
  const { url } = server.first as { url: string };
  const subscribe = (count: number): Promise<Count> =>
    clients.ask({ say: 'connect', url, key: ADMIN_KEY, query: QUERY, sockets: count });
  const fire = async (events: number): Promise<void> => {
    const titles = Array.from({ length: events }, (_, index) => `Quarterly report ${index}`);
    await Promise.all(titles.map((title) => createTask(tasks, CALLER, { title })));
  };
  bench.say(`${sockets} subscribers of Errand connect`);
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

/** A subscription has no acknowledgement: causes events until every socket has received one; returns the last frame. */
async function untilAllListen(broadcast: Broadcast): Promise<string> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    await broadcast.fire(1);
    await sleep(LISTEN_CHECK_MS);
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

/** µs of the server's CPU per delivery; each group has arrived everywhere before the next one starts. */
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
  if (had !== deliveries) throw new Error(`${had} deliveries, expected ${deliveries}`);
  return (after - before) / (events * sockets);
}
