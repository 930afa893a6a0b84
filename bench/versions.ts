import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type PlainServer, startPlainServer } from '../scripts/postgres/server.ts';
import { findPrograms, howToGet } from '../scripts/postgres/versions.ts';
import { sleep } from '../src/core/clock.ts';
import type { Releasers } from '../src/core/releasers.ts';
import type { BenchRun } from './lib/bench.ts';
import { databasesOn } from './lib/database.ts';
import { startEngine } from './lib/engine.ts';
import { wholeLives } from './lib/lives.ts';
import { inPairs, type Result } from './lib/measure.ts';
import { at, engineLane, takeSamples } from './lib/pickup.ts';
import { serverCpuMs } from './lib/server-cpu.ts';
import { rounded } from './lib/stats.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const ADMIN_KEY = 'the-admin-key-of-the-benchmark-01';
/** The target: a version is at least this fast in comparison with the last one of the list. */
const TARGET = 0.8;
const IDLE_PERCENT = 1;
const START_WITHIN_MS = 60_000;
/** Time after a start until the first checks of all parts are done. */
const SETTLE_MS = 5_000;

/** One of the compared servers, with its own databases. */
interface Side {
  readonly server: PlainServer;
  readonly name: string;
  readonly database: (name: string) => Promise<string>;
}

/**
 * Compares one build on several versions of PostgreSQL, each as its package configures it, with the last of them: P1's
 * pickup, P2a's whole lives, and always the CPU of the server while one process of the product is idle. Yields each
 * result as soon as it is measured.
 */
export async function* compareVersions(
  bench: BenchRun,
  majors: readonly number[],
  names: readonly string[],
  releasers: Releasers,
): AsyncGenerator<Readonly<Record<string, Result>>> {
  const sides: Side[] = [];
  for (const major of majors) {
    const server = await startVersion(major, releasers);
    const jit = server.jit ? 'JIT on' : 'no JIT';
    const name = `PostgreSQL ${server.version.split(' ')[0]}, ${jit}`;
    sides.push({ server, name, database: await databasesOn(server.url, releasers) });
  }
  // First, while there are no other connections and no earlier work that the servers have to clean up.
  yield await idle(bench, sides, releasers);
  if (names.includes('P1')) yield await pickups(bench, sides, releasers);
  if (names.includes('P2a')) yield await lives(bench, sides, releasers);
}

async function startVersion(major: number, releasers: Releasers): Promise<PlainServer> {
  const programs = await findPrograms(major);
  if (!programs) throw new Error(`PostgreSQL ${major} is not installed: ${howToGet(major)}`);
  return releasers.use(`PostgreSQL ${major}`, await startPlainServer(programs, { durable: true }));
}

/** The others are compared with the last one. */
function against(sides: readonly Side[]): { others: readonly Side[]; last: Side } {
  const last = sides.at(-1);
  if (!last) throw new Error('no server to measure on');
  return { others: sides.slice(0, -1), last };
}

async function pickups(
  bench: BenchRun,
  sides: readonly Side[],
  releasers: Releasers,
): Promise<Record<string, Result>> {
  const lanes = [];
  for (const { name, database } of sides) {
    const engine = await startEngine(await database('p1'), bench.log, releasers);
    lanes.push(engineLane(name, engine, engine));
  }
  await takeSamples(lanes, bench.quick ? 50 : 400, bench.say);
  const last = lanes.at(-1);
  if (!last) return {};
  return Object.fromEntries(
    lanes.slice(0, -1).map((lane) => {
      const ratio = rounded(at(last, 0.5) / at(lane, 0.5));
      const p99 = { ours: at(lane, 0.99), theirs: at(last, 0.99) };
      return [`P1 on ${lane.name}`, result(at(lane, 0.5), at(last, 0.5), ratio, 'ms', last.name, { p99 })];
    }),
  );
}

async function lives(
  bench: BenchRun,
  sides: readonly Side[],
  releasers: Releasers,
): Promise<Record<string, Result>> {
  const { inFlight = 20 } = bench;
  const count = bench.quick ? 1_000 : 5_000;
  const side = async ({ name, database }: Side) => {
    const engine = await startEngine(await database('p2a'), bench.log, releasers);
    return {
      name,
      once: () =>
        wholeLives(engine, {
          lives: count,
          inFlight,
          title: 'A life',
          worksFrom: 'last',
          handler: async () => ({ kind: 'completed', result: { ok: true } }),
        }),
    };
  };
  const { others, last } = against(sides);
  const theirs = await side(last);
  const results: Record<string, Result> = {};
  for (const other of others) {
    const ours = await side(other);
    const measured = await inPairs(bench, 'lives/s', bench.quick ? 1 : 5, [ours, theirs]);
    results[`P2a on ${ours.name}`] = result(
      measured.ours,
      measured.theirs,
      measured.ratio,
      'lives/s',
      theirs.name,
      { pairs: measured.pairs },
    );
  }
  return results;
}

/** `ratio` compares speeds: 1 if both are equally fast. */
function result(
  ours: number,
  theirs: number,
  ratio: number,
  unit: string,
  against: string,
  more: Record<string, unknown>,
): Result {
  const target = `≥ ${TARGET} × as fast`;
  return { ours, theirs, ratio, unit, against, target, met: ratio >= TARGET, ...more };
}

async function idle(
  bench: BenchRun,
  sides: readonly Side[],
  releasers: Releasers,
): Promise<Record<string, Result>> {
  const results: Record<string, Result> = {};
  for (const { server, name, database } of sides) {
    const stop = await startIdle(await database('idle'), releasers);
    await sleep(SETTLE_MS);
    const beforeMs = await serverCpuMs(server.pid);
    const startedAt = performance.now();
    await sleep(bench.quick ? 5_000 : 30_000);
    const percent = rounded(
      (100 * ((await serverCpuMs(server.pid)) - beforeMs)) / (performance.now() - startedAt),
    );
    await stop();
    bench.say(`${name}: ${percent}% of a core while one process is idle`);
    results[`idle on ${name}`] = {
      ours: percent,
      theirs: IDLE_PERCENT,
      ratio: rounded(percent / IDLE_PERCENT),
      unit: '% of a core',
      against: 'the target',
      target: `≤ ${IDLE_PERCENT}%`,
      met: percent <= IDLE_PERCENT,
    };
  }
  return results;
}

/** The product with server and worker, without work; returns the function that stops it. */
async function startIdle(url: string, releasers: Releasers): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'serve'], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATABASE_URL: url,
      ERRAND_ADMIN_KEY: ADMIN_KEY,
      ERRAND_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  releasers.push('an idle process', () => void child.kill('SIGKILL'));
  const tooLate = setTimeout(() => child.kill('SIGKILL'), START_WITHIN_MS);
  try {
    for await (const line of createInterface(child.stdout)) {
      if (!line.includes('Errand serves at ')) continue;
      child.stdout.resume();
      return async () => {
        child.kill('SIGTERM');
        await ended;
      };
    }
  } finally {
    clearTimeout(tooLate);
  }
  throw new Error(`the server ended, or did not accept requests within ${START_WITHIN_MS / 1_000} s`);
}
