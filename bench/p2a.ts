import { sleep } from '../src/core/clock.ts';
import type { Releasers } from '../src/core/releasers.ts';
import type { Bench } from './lib/bench.ts';
import { startEngine } from './lib/engine.ts';
import {
  CAN_BE_TUNED,
  GRAPHILE,
  GRAPHILE_TASK,
  type Graphile,
  startGraphile,
  TUNED,
} from './lib/graphile.ts';
import { wholeLives } from './lib/lives.ts';
import { countdown, makeAll } from './lib/load.ts';
import { inPairs, type Result } from './lib/measure.ts';

/**
 * P2a: whole lives per second, tasks created and then executed by an instant handler. Ours stores three events for each
 * life and works under a lease; graphile-worker deletes the job when it is done. The time ends when the database has
 * every task as completed, and no job any more.
 */
export async function benchmark(bench: Bench, releasers: Releasers): Promise<Record<string, Result>> {
  const engine = await startEngine(await bench.database('p2a'), bench.log, releasers);
  const graphile = await startGraphile(await bench.database('p2a_graphile'), releasers);
  const lives = bench.quick ? 1_000 : 5_000;
  const { inFlight = 20 } = bench;
  const ours = {
    name: 'ours',
    once: () =>
      wholeLives(engine, {
        lives,
        inFlight,
        title: 'A life',
        worksFrom: 'last',
        handler: async () => ({ kind: 'completed', result: { ok: true } }),
      }),
  };
  const theirs = (name: string, preset?: typeof TUNED) => ({
    name,
    once: () => graphileLives(graphile, lives, inFlight, preset),
  });
  const pairs = bench.quick ? 1 : 5;
  const plain = await inPairs(bench, 'lives/s', pairs, [ours, theirs('graphile-worker')]);
  const tuned = CAN_BE_TUNED
    ? await inPairs(bench, 'lives/s', pairs, [ours, theirs('graphile-worker, tuned', TUNED)])
    : undefined;
  const common = { unit: 'lives/s', inFlight, lives };
  return {
    P2a: {
      ...plain,
      ...common,
      against: `${GRAPHILE}, default`,
      target: '≥ 2×',
      met: plain.ratio >= 2,
    },
    ...(tuned && {
      P2a_tuned: {
        ...tuned,
        ...common,
        against: `${GRAPHILE}, local queue and batched completion`,
        target: '≥ 1×',
        met: tuned.ratio >= 1,
      },
    }),
  };
}

async function graphileLives(
  { utils, pool, work }: Graphile,
  lives: number,
  inFlight: number,
  preset?: typeof TUNED,
): Promise<number> {
  await pool.query('truncate graphile_worker._private_jobs');
  const startedAt = performance.now();
  await makeAll(lives, inFlight, (id) => utils.addJob(GRAPHILE_TASK, { id }));
  const done = countdown(lives);
  const runner = await work({ concurrency: inFlight, onCompleted: done.count, ...(preset && { preset }) });
  await done.done;
  await allGone(pool);
  const seconds = (performance.now() - startedAt) / 1000;
  await runner.stop();
  return lives / seconds;
}

/** Its event may come before its last completions are written. */
async function allGone(pool: Graphile['pool']): Promise<void> {
  for (let look = 0; look < 1_000; look += 1) {
    const { rows } = await pool.query<{ left: boolean }>(
      'select exists (select 1 from graphile_worker._private_jobs) as left',
    );
    if (rows[0]?.left === false) return;
    await sleep(5);
  }
  throw new Error('graphile-worker left jobs undone');
}
