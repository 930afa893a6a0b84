import type { Releasers } from '../src/core/releasers.ts';
import type { Bench } from './lib/bench.ts';
import { startBullMq } from './lib/bullmq.ts';
import { startEngine } from './lib/engine.ts';
import { GRAPHILE, GRAPHILE_TASK, startGraphile } from './lib/graphile.ts';
import type { Result } from './lib/measure.ts';
import { at, engineLane, type Lane, lane, takeSamples } from './lib/pickup.ts';
import { rounded } from './lib/stats.ts';

/**
 * P1: on an idle system, the time from the commit of a task, as seen by its maker, to the first line of the handler.
 * `ours` is the product's default, the maker and the worker in one process; in `betweenProcesses` the wake-up goes
 * through PostgreSQL, as between two instances.
 */
export async function benchmark(bench: Bench, releasers: Releasers): Promise<Record<string, Result>> {
  const one = await startEngine(await bench.database('p1'), bench.log, releasers);
  const ours = engineLane('ours', one, one);
  const url = await bench.database('p1_between');
  const maker = await startEngine(url, bench.log, releasers);
  const between = engineLane('ours, between processes', maker, await startEngine(url, bench.log, releasers));
  const graphile = lane('graphile-worker');
  const lanes = [ours, between, graphile];
  const theirs = await startGraphile(await bench.database('p1_graphile'), releasers);
  const runner = await theirs.work({ concurrency: 10, task: () => graphile.started() });
  releasers.push("graphile-worker's runner", () => runner.stop());
  graphile.make = async () => void (await theirs.utils.addJob(GRAPHILE_TASK, { id: 0 }));
  const bullmq = lane('BullMQ');
  const queue = await startBullMq(() => bullmq.started(), releasers);
  if (queue) {
    bullmq.make = () => queue.add(0);
    lanes.push(bullmq);
  } else bench.say('BullMQ is skipped: Redis or its client package is missing');

  const samples = bench.quick ? 50 : 400;
  await takeSamples(lanes, samples, bench.say);
  return { P1: { ...resultOf(ours, between, graphile), ...(queue && { bullmq: figures(bullmq) }), samples } };
}

function resultOf(ours: Lane, between: Lane, graphile: Lane): Result {
  const p50 = at(ours, 0.5);
  const p99 = at(ours, 0.99);
  return {
    ours: p50,
    theirs: at(graphile, 0.5),
    ratio: rounded(p50 / at(graphile, 0.5)),
    unit: 'ms',
    against: GRAPHILE,
    target: 'p50 ≤ 10 ms, p99 ≤ 30 ms',
    met: p50 <= 10 && p99 <= 30,
    p99: { ours: p99, theirs: at(graphile, 0.99), ratio: rounded(p99 / at(graphile, 0.99)) },
    betweenProcesses: figures(between),
  };
}

function figures(each: Lane): { p50: number; p99: number } {
  return { p50: at(each, 0.5), p99: at(each, 0.99) };
}
