import { sleep } from '../src/core/clock.ts';
import type { Releasers } from '../src/core/releasers.ts';
import { createTask } from '../src/tasks/create.ts';
import type { Bench } from './lib/bench.ts';
import { startBullMq } from './lib/bullmq.ts';
import { CALLER, type Engine, startEngine } from './lib/engine.ts';
import { GRAPHILE, GRAPHILE_TASK, startGraphile } from './lib/graphile.ts';
import type { Result } from './lib/measure.ts';
import { percentile, rounded } from './lib/stats.ts';

/** Between two samples: until what the last one left behind has been written, and everybody waits again. */
const PAUSE_MS = 25;
const PATIENCE_MS = 10_000;

/** One way for work to reach a worker: makes work, and calls `started` when its handler begins. */
interface Lane {
  readonly name: string;
  readonly samples: number[];
  readonly make: () => Promise<void>;
  started: () => void;
}

/**
 * P1: on an idle system, from the moment the maker knows that its task is committed to the first line of the handler.
 * `ours` is the product's default, the maker and the worker in one process; `betweenProcesses` has the hint go through
 * PostgreSQL, as it does from one instance to another.
 */
export async function benchmark(bench: Bench, releasers: Releasers): Promise<Record<string, Result>> {
  const ours = lane('ours', []);
  const between = lane('ours, between processes', []);
  const graphile = lane('graphile-worker', []);
  const lanes = [ours, between, graphile];

  const one = await startEngine(await bench.database('p1'), bench.log, releasers);
  worked(one, ours);
  ours.make = made(one);
  const url = await bench.database('p1_between');
  const maker = await startEngine(url, bench.log, releasers);
  worked(await startEngine(url, bench.log, releasers), between);
  between.make = made(maker);
  const theirs = await startGraphile(await bench.database('p1_graphile'), releasers);
  const runner = await theirs.work({ concurrency: 10, task: () => graphile.started() });
  releasers.push("graphile-worker's runner", () => runner.stop());
  graphile.make = async () => void (await theirs.utils.addJob(GRAPHILE_TASK, { id: 0 }));
  const bullmq = lane('BullMQ', []);
  const queue = await startBullMq(() => bullmq.started(), releasers);
  if (queue) {
    bullmq.make = () => queue.add(0);
    lanes.push(bullmq);
  } else bench.say('BullMQ is left out: no Redis at hand, or no client for it');

  const samples = bench.quick ? 50 : 400;
  for (let sample = -20; sample < samples; sample += 1) {
    for (const each of lanes) {
      const tookMs = await sampleOf(each);
      if (sample >= 0) each.samples.push(tookMs);
      await sleep(PAUSE_MS);
    }
    if ((sample + 1) % 100 === 0 && sample > 0) bench.say(`${sample + 1} of ${samples} samples each`);
  }
  for (const each of lanes) bench.say(`${each.name}: p50 ${at(each, 0.5)} ms, p99 ${at(each, 0.99)} ms`);
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
    promise: 'p50 ≤ 10 ms, p99 ≤ 30 ms',
    kept: p50 <= 10 && p99 <= 30,
    p99: { ours: p99, theirs: at(graphile, 0.99), ratio: rounded(p99 / at(graphile, 0.99)) },
    betweenProcesses: figures(between),
  };
}

function lane(name: string, samples: number[]): Lane & { make: () => Promise<void> } {
  return { name, samples, make: () => Promise.resolve(), started: () => undefined };
}

function worked(engine: Engine, into: Lane): void {
  engine.work(async () => {
    into.started();
    return { kind: 'completed', result: { ok: true } };
  }, 10);
}

function made({ tasks }: Engine): () => Promise<void> {
  return async () => void (await createTask(tasks, CALLER, { title: 'At once', agent: 'assistant' }));
}

/** Zero when the handler began before its maker was told that the work is committed. */
async function sampleOf(each: Lane): Promise<number> {
  let startedAt = 0;
  const started = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${each.name}: nothing started`)), PATIENCE_MS);
    each.started = () => {
      startedAt = performance.now();
      clearTimeout(timer);
      resolve();
    };
  });
  started.catch(() => undefined);
  await each.make();
  const committedAt = performance.now();
  await started;
  return Math.max(0, startedAt - committedAt);
}

function figures(each: Lane): { p50: number; p99: number } {
  return { p50: at(each, 0.5), p99: at(each, 0.99) };
}

function at(each: Lane, share: number): number {
  return rounded(percentile(each.samples, share));
}
