import DataLoader from 'dataloader';
import type { DeliveryAttempt } from '../domain/delivery.ts';
import type { WebhookEndpoint } from '../domain/endpoint.ts';
import type { TaskEvent } from '../domain/events.ts';
import type { Run, RunEvent } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import type { Occurrence, Trigger } from '../domain/trigger.ts';
import { deliveriesOf, readBodies, readDeliveryHeads, triesOf } from '../store/deliveries/list.ts';
import type { DeliveryHead } from '../store/deliveries/row.ts';
import { readEndpoints } from '../store/endpoints/endpoints.ts';
import { type HistoryPage, historyOf, readEvents } from '../store/events/history.ts';
import type { NewestPage } from '../store/newest-first.ts';
import { readRuns, runsOf } from '../store/runs/runs.ts';
import { stepsOf } from '../store/runs/steps.ts';
import { type InputRequest, readInputRequests } from '../store/tasks/inputs.ts';
import type { PageRequest } from '../store/tasks/list.ts';
import { tasksOfTriggers } from '../store/tasks/of-triggers.ts';
import { readTasks, retriesOf, subtasksOf } from '../store/tasks/read.ts';
import { occurrencesOf, readOccurrences } from '../store/triggers/occurrence-list.ts';
import { readTriggers } from '../store/triggers/triggers.ts';
import type { Services } from './services.ts';

/** One statement for all the parents of a level; what was read is kept for the life of these loaders. */
export interface Loaders {
  readonly task: DataLoader<string, Task | undefined>;
  readonly event: DataLoader<{ taskId: string; seq: number }, TaskEvent | undefined, string>;
  readonly subtasks: DataLoader<string, readonly Task[]>;
  readonly retries: DataLoader<string, readonly Task[]>;
  readonly inputRequest: DataLoader<string, InputRequest | undefined>;
  readonly run: DataLoader<string, Run | undefined>;
  readonly runs: DataLoader<string, readonly Run[]>;
  /** Deleted ones too: what they made still names them. */
  readonly trigger: DataLoader<string, Trigger | undefined>;
  readonly occurrence: DataLoader<string, Occurrence | undefined>;
  readonly delivery: DataLoader<string, DeliveryHead | undefined>;
  readonly deliveryBody: DataLoader<string, Buffer | undefined>;
  readonly tries: DataLoader<string, readonly DeliveryAttempt[]>;
  /** Deleted ones too. */
  readonly endpoint: DataLoader<string, WebhookEndpoint | undefined>;
  readonly occurrencesOfTrigger: PageLoader<Occurrence>;
  readonly tasksOfTrigger: PageLoader<Task>;
  readonly deliveriesOfTrigger: PageLoader<DeliveryHead>;
  readonly deliveriesOfEndpoint: PageLoader<DeliveryHead>;
  /** Tasks whose history is asked for by the same page share a statement. */
  history(taskId: string, page: HistoryPage): Promise<readonly TaskEvent[]>;
  /** Runs whose steps are asked for by the same page share a statement. */
  steps(runId: string, page: StepsPage): Promise<readonly RunEvent[]>;
}

export interface StepsPage {
  readonly afterSeq: number;
  readonly limit: number;
}

/** The same page of the list of many parents shares a statement. */
type PageLoader<Item> = (parentId: string, page: PageRequest) => Promise<NewestPage<Item>>;

/** One loader for each page that is asked for: what differs in its page cannot share a statement. */
function byPage<Page, Value>(
  keyOf: (page: Page) => string,
  load: (ids: readonly string[], page: Page) => Promise<readonly Value[]>,
): (id: string, page: Page) => Promise<Value> {
  const loaders = new Map<string, DataLoader<string, Value>>();
  return (id, page) => {
    const key = keyOf(page);
    let loader = loaders.get(key);
    if (!loader) {
      loader = new DataLoader((ids: readonly string[]) => load(ids, page), { maxBatchSize: MAX_BATCH_SIZE });
      loaders.set(key, loader);
    }
    return loader.load(id);
  };
}

const MAX_BATCH_SIZE = 1_000;

const pageKey = (page: PageRequest): string => JSON.stringify(page);

export function createLoaders({ pool }: Services): Loaders {
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
    trigger: new DataLoader((ids) => readTriggers(pool, ids), options),
    occurrence: new DataLoader((ids) => readOccurrences(pool, ids), options),
    delivery: new DataLoader((ids) => readDeliveryHeads(pool, ids), options),
    deliveryBody: new DataLoader((ids) => readBodies(pool, ids), options),
    tries: new DataLoader((ids) => triesOf(pool, ids), options),
    endpoint: new DataLoader((ids) => readEndpoints(pool, ids), options),
    occurrencesOfTrigger: byPage(pageKey, (ids, page) => occurrencesOf(pool, ids, page)),
    tasksOfTrigger: byPage(pageKey, (ids, page) => tasksOfTriggers(pool, ids, page)),
    deliveriesOfTrigger: byPage(pageKey, (ids, page) => deliveriesOf(pool, 'trigger', ids, page)),
    deliveriesOfEndpoint: byPage(pageKey, (ids, page) => deliveriesOf(pool, 'endpoint', ids, page)),
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
