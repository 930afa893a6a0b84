import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Releasers } from '../src/core/releasers.ts';
import type { Bench } from './lib/bench.ts';
import type { Result } from './lib/measure.ts';
import { median, rounded } from './lib/stats.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const ADMIN_KEY = 'the-admin-key-of-the-benchmark-01';
const TARGET_SECONDS = 3;

/** P6: from `npm start` with existing data, embedded PostgreSQL included, to the first answered query. */
export async function benchmark(bench: Bench, releasers: Releasers): Promise<Record<string, Result>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'errand-bench-start-'));
  releasers.push('the data folder', () => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o711);
  bench.say(`the first start, which creates the database: ${rounded(await startOnce(folder, releasers))} s`);
  const starts: number[] = [];
  for (let start = 0; start < (bench.quick ? 1 : 3); start += 1) {
    starts.push(rounded(await startOnce(folder, releasers)));
    bench.say(`a start with existing data: ${starts.at(-1)} s`);
  }
  const ours = rounded(median(starts));
  return {
    P6: {
      ours,
      theirs: TARGET_SECONDS,
      ratio: rounded(ours / TARGET_SECONDS),
      unit: 's',
      against: 'the target',
      target: `≤ ${TARGET_SECONDS} s`,
      met: ours <= TARGET_SECONDS,
      starts,
    },
  };
}

/** Starts the product in `folder`, sends one query, stops it; returns the seconds up to the response. */
async function startOnce(folder: string, releasers: Releasers): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'serve'], {
    env: { PATH: process.env['PATH'], PORT: '0', ERRAND_DATA_DIR: folder, ERRAND_ADMIN_KEY: ADMIN_KEY },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  releasers.push('a start', () => void child.kill('SIGKILL'));
  try {
    for await (const line of createInterface(child.stdout)) {
      const url = /Errand serves at (\S+)/.exec(line)?.[1];
      if (url === undefined) continue;
      await ask(url);
      return (performance.now() - startedAt) / 1000;
    }
    throw new Error('the server ended before it accepted requests');
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

async function ask(url: string): Promise<void> {
  const response = await fetch(new URL('/graphql', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` },
    body: JSON.stringify({ query: '{ tasks(first: 1) { edges { node { id } } } }' }),
  });
  const answer = (await response.json()) as { data?: unknown };
  if (!response.ok || !answer.data) throw new Error(`the first query was not answered: ${response.status}`);
}
