import { parseArgs } from 'node:util';
import { messageOf } from '../src/core/errors.ts';
import { createLog } from '../src/core/log.ts';
import { Releasers } from '../src/core/releasers.ts';
import type { Bench, Benchmark } from './lib/bench.ts';
import { startServer } from './lib/database.ts';
import type { Result } from './lib/measure.ts';
import { table } from './lib/table.ts';

/** Loaded when it is asked for, so that one alone starts fast and a broken one breaks nothing else. */
const BENCHMARKS: Readonly<Record<string, () => Promise<{ benchmark: Benchmark }>>> = {
  P1: () => import('./p1.ts'),
  P2a: () => import('./p2a.ts'),
  P2b: () => import('./p2b.ts'),
  P3: () => import('./p3.ts'),
  P6: () => import('./p6.ts'),
};

const USAGE = `usage: npm run bench -- [--json] [--quick] [--only P1,P2a,P2b,P3,P6] [--in-flight 20]
ERRAND_BENCH_DATABASE_URL: a PostgreSQL to measure on (databases are made and dropped); without it, one is started.
REDIS_URL: a Redis for the BullMQ row of P1; without it, \`redis-server\` is started where there is one.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: Object.keys(BENCHMARKS).join(',') },
      'in-flight': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const names = values.only.split(',').map((name) => name.trim());
  const inFlight = values['in-flight'] === undefined ? undefined : Number(values['in-flight']);
  if (values.help || names.some((name) => !BENCHMARKS[name]) || !((inFlight ?? 1) >= 1)) {
    process.stderr.write(`${USAGE}\n`);
    return values.help ? 0 : 2;
  }
  const results: Record<string, Result> = {};
  let failures = 0;
  const all = new Releasers();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void all.release().finally(() => process.exit(130)));
  }
  try {
    const log = createLog('warn');
    const database = await startServer(process.env['ERRAND_BENCH_DATABASE_URL'], log, all);
    for (const name of names) {
      const say = (line: string): void => void process.stderr.write(`${name}  ${line}\n`);
      const bench: Bench = { quick: values.quick, inFlight, database, log, say };
      const own = new Releasers();
      try {
        const module = await BENCHMARKS[name]?.();
        Object.assign(results, await module?.benchmark(bench, own));
      } catch (error) {
        failures += 1;
        say(`failed: ${error instanceof Error ? error.stack : messageOf(error)}`);
      } finally {
        await own.release().catch((error: unknown) => say(`not put away cleanly: ${messageOf(error)}`));
      }
    }
  } finally {
    await all.release();
  }
  process.stdout.write(values.json ? `${JSON.stringify(results)}\n` : `${table(results)}\n`);
  return failures > 0 ? 1 : 0;
}

process.exitCode = await main();
