import { parseArgs } from 'node:util';
import { messageOf } from '../src/core/errors.ts';
import { createLog } from '../src/core/log.ts';
import { Releasers } from '../src/core/releasers.ts';
import type { Benchmark, BenchRun } from './lib/bench.ts';
import { startServer } from './lib/database.ts';
import type { Result } from './lib/measure.ts';
import { table } from './lib/table.ts';
import { compareVersions } from './versions.ts';

/** Loaded on demand, so that one alone starts fast and a broken one does not affect the others. */
const BENCHMARKS: Readonly<Record<string, () => Promise<{ benchmark: Benchmark }>>> = {
  P1: () => import('./p1.ts'),
  P2a: () => import('./p2a.ts'),
  P2b: () => import('./p2b.ts'),
  P3: () => import('./p3.ts'),
  P6: () => import('./p6.ts'),
  'graphql-reads': () => import('./graphql-reads.ts'),
};

/** The benchmarks of a run without `--only`; the others need more than this build. */
const BY_DEFAULT: readonly string[] = Object.keys(BENCHMARKS).filter((name) => name.startsWith('P'));

/** The benchmarks that `--postgres` compares. */
const ON_VERSIONS: readonly string[] = ['P1', 'P2a'];

const USAGE = `usage: npm run bench -- [--json] [--quick] [--only P1,P2a,P2b,P3,P6,graphql-reads] [--in-flight 20] [--postgres 15,18]
--postgres: P1 and P2a on these versions of PostgreSQL, each compared with the last, and the CPU of each while idle.
ERRAND_BENCH_DATABASE_URL: a PostgreSQL for the measurement (databases are created and dropped); without it, one is started.
graphql-reads: reads through GraphQL, compared with another build; ERRAND_BENCH_OTHER is its folder.
REDIS_URL: a Redis for the BullMQ row of P1; without it, \`redis-server\` is started if it is installed.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      'in-flight': { type: 'string' },
      postgres: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const inFlight = values['in-flight'] === undefined ? undefined : Number(values['in-flight']);
  const majors = values.postgres?.split(',').map(Number);
  const names = values.only?.split(',').map((name) => name.trim()) ?? (majors ? ON_VERSIONS : BY_DEFAULT);
  const isUnknown = names.some((name) => !BENCHMARKS[name]) || majors?.some((major) => !(major > 0));
  if (values.help || isUnknown || !((inFlight ?? 1) >= 1)) {
    process.stderr.write(`${USAGE}\n`);
    return values.help ? 0 : 2;
  }
  if (
    majors &&
    (names.some((name) => !ON_VERSIONS.includes(name)) || process.env['ERRAND_BENCH_DATABASE_URL'])
  ) {
    process.stderr.write(
      `--postgres starts its own servers and compares ${ON_VERSIONS.join(' and ')}; select them with --only, and unset ERRAND_BENCH_DATABASE_URL.\n`,
    );
    return 2;
  }
  const all = new Releasers();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void all.release().finally(() => process.exit(130)));
  }
  const run: BenchRun = {
    quick: values.quick,
    inFlight,
    log: createLog('warn'),
    say: (line) => void process.stderr.write(`${line}\n`),
  };
  let measured: Measured;
  try {
    measured = majors ? await measureVersions(run, majors, names, all) : await measureEach(run, names, all);
  } finally {
    await all.release();
  }
  const { results, failures } = measured;
  process.stdout.write(values.json ? `${JSON.stringify(results)}\n` : `${table(results)}\n`);
  return failures > 0 ? 1 : 0;
}

interface Measured {
  readonly results: Readonly<Record<string, Result>>;
  readonly failures: number;
}

async function measureVersions(
  run: BenchRun,
  majors: readonly number[],
  names: readonly string[],
  all: Releasers,
): Promise<Measured> {
  const results: Record<string, Result> = {};
  try {
    for await (const some of compareVersions(run, majors, names, all)) Object.assign(results, some);
    return { results, failures: 0 };
  } catch (error) {
    run.say(`failed: ${error instanceof Error ? error.stack : messageOf(error)}`);
    return { results, failures: 1 };
  }
}

/** One benchmark after the other, on one server; a failure is reported and does not stop the others. */
async function measureEach(run: BenchRun, names: readonly string[], all: Releasers): Promise<Measured> {
  const results: Record<string, Result> = {};
  let failures = 0;
  const database = await startServer(process.env['ERRAND_BENCH_DATABASE_URL'], run.log, all);
  for (const name of names) {
    const say = (line: string): void => run.say(`${name}  ${line}`);
    const own = new Releasers();
    try {
      const module = await BENCHMARKS[name]?.();
      Object.assign(results, await module?.benchmark({ ...run, database, say }, own));
    } catch (error) {
      failures += 1;
      say(`failed: ${error instanceof Error ? error.stack : messageOf(error)}`);
    } finally {
      await own
        .release()
        .catch((error: unknown) => say(`some resources were not released: ${messageOf(error)}`));
    }
  }
  return { results, failures };
}

process.exitCode = await main();
