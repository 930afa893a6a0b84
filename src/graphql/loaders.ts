import DataLoader from 'dataloader';
import type { TaskEvent } from '../domain/events.ts';
import type { Run, RunEvent } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import { type HistoryPage, historyOf, readEvents } from '../store/events/history.ts';
import { readRuns, runsOf } from '../store/runs/runs.ts';
import { stepsOf } from '../store/runs/steps.ts';
import { type InputRequest, readInputRequests } from '../store/tasks/inputs.ts';
import { readTasks, retriesOf, subtasksOf } from '../store/tasks/read.ts';
import { byPage, MAX_BATCH_SIZE } from './loader-by-page.ts';
import type { Services } from './services.ts';
import { createTriggerLoaders, type TriggerLoaders } from './trigger-loaders.ts';

/** One statement for all the parents of a level; what was read is kept for the life of these loaders. */
export interface Loaders {
  readonly task: DataLoader<string, Task | undefined>;
  readonly event: DataLoader<{ taskId: string; seq: number }, TaskEvent | undefined, string>;
  readonly subtasks: DataLoader<string, readonly Task[]>;
  readonly retries: DataLoader<string, readonly Task[]>;
  readonly inputRequest: DataLoader<string, InputRequest | undefined>;
  readonly run: DataLoader<string, Run | undefined>;
  readonly runs: DataLoader<string, readonly Run[]>;
  /** Those of triggers and webhooks. */
  readonly triggers: TriggerLoaders;
  /** Tasks whose history is asked for by the same page share a statement. */
  history(taskId: string, page: HistoryPage): Promise<readonly TaskEvent[]>;
  /** Runs whose steps are asked for by the same page share a statement. */
  steps(runId: string, page: StepsPage): Promise<readonly RunEvent[]>;
}

export interface StepsPage {
  readonly afterSeq: number;
  readonly limit: number;
}

export function createLoaders(services: Services): Loaders {
  const { pool } = services;
  let triggers: TriggerLoaders | undefined;
  const options = { maxBatchSize: MAX_BATCH_SIZE };
  return {
    task: new DataLoader((ids) => readTasks(pool, ids), options),
    event: new DataLoader((places) => readEvents(pool, places), {
      ...options,
      cacheKeyFn: (place) => `${place.taskId} ${place.seq}`,
    }),
    subtasks: new DataLoader((ids) => subtasksOf(pool, ids), options),
    retries: new DataLoader((ids) => retriesOf(pool, ids), options),
    inputRequest: new DataLoader((ids) => readInputRequests(pool, ids), options),
    run: new DataLoader((ids) => readRuns(pool, ids), options),
    runs: new DataLoader((ids) => runsOf(pool, ids), options),
    // Made when first asked for: a stream makes loaders for each of its pages, and seldom asks for these.
    get triggers() {
      triggers ??= createTriggerLoaders(services);
      return triggers;
    },
    history: byPage(
      (page: HistoryPage) => `${page.after} ${page.before} ${page.limit} ${page.fromEnd} ${page.upTo}`,
      (ids, page) => historyOf(pool, ids, page),
    ),
    steps: byPage(
      (page: StepsPage) => `${page.afterSeq} ${page.limit}`,
      (ids, page) => stepsOf(pool, ids, page),
    ),
  };
}
