import { sleep } from '../../src/core/clock.ts';
import { createTask } from '../../src/tasks/commands/create.ts';
import { CALLER, type Engine } from './engine.ts';
import { percentile, rounded } from './stats.ts';

/** Pause between two samples, in which the writes of the last one finish and all sides become idle. */
const PAUSE_MS = 25;
const START_TIMEOUT_MS = 10_000;
const WARM_UP = 20;

/** One path of work to a worker: `make` creates work, and `started` is called when its handler begins. */
export interface Lane {
  readonly name: string;
  readonly samples: number[];
  make: () => Promise<void>;
  started: () => void;
}

export function lane(name: string): Lane {
  return { name, samples: [], make: () => Promise.resolve(), started: () => undefined };
}

/** `maker` creates the tasks of the lane; `worker`, which may be the same engine, executes them. */
export function engineLane(name: string, maker: Engine, worker: Engine): Lane {
  const into = lane(name);
  worker.work(async () => {
    into.started();
    return { kind: 'completed', result: { ok: true } };
  }, 10);
  into.make = async () => {
    await createTask(maker.tasks, CALLER, { title: 'At once', agent: 'assistant' });
  };
  return into;
}

/** Takes `samples` of each lane in turn, after a warm-up. */
export async function takeSamples(
  lanes: readonly Lane[],
  samples: number,
  say: (line: string) => void,
): Promise<void> {
  for (let sample = -WARM_UP; sample < samples; sample += 1) {
    for (const each of lanes) {
      const tookMs = await sampleOf(each);
      if (sample >= 0) each.samples.push(tookMs);
      await sleep(PAUSE_MS);
    }
    if ((sample + 1) % 100 === 0 && sample > 0) say(`${sample + 1} of ${samples} samples each`);
  }
  for (const each of lanes) say(`${each.name}: p50 ${at(each, 0.5)} ms, p99 ${at(each, 0.99)} ms`);
}

/** Zero if the handler began before its maker received the commit. */
async function sampleOf(each: Lane): Promise<number> {
  let startedAt = 0;
  const started = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${each.name}: no handler started`)), START_TIMEOUT_MS);
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

/** The value in ms below which `share` (0 to 1) of the lane's samples are. */
export function at(each: Lane, share: number): number {
  return rounded(percentile(each.samples, share));
}
