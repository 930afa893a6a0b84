import DataLoader from 'dataloader';
import type { DeliveryAttempt } from '../domain/delivery.ts';
import type { WebhookEndpoint } from '../domain/endpoint.ts';
import type { Task } from '../domain/task.ts';
import type { Occurrence, Trigger } from '../domain/trigger.ts';
import { deliveriesOf, readBodies, readDeliveryHeads, triesOf } from '../store/deliveries/list.ts';
import type { DeliveryHead } from '../store/deliveries/row.ts';
import { readEndpoints } from '../store/endpoints/endpoints.ts';
import type { NewestPage } from '../store/newest-first.ts';
import type { PageRequest } from '../store/tasks/list.ts';
import { tasksOfTriggers } from '../store/tasks/of-triggers.ts';
import { occurrencesOf, readOccurrences } from '../store/triggers/occurrence-list.ts';
import { readTriggers } from '../store/triggers/triggers.ts';
import { byPage, MAX_BATCH_SIZE } from './loader-by-page.ts';
import type { Services } from './services.ts';

/** The same page of the list of many parents shares a statement. */
type PageLoader<Item> = (parentId: string, page: PageRequest) => Promise<NewestPage<Item>>;

/** What is loaded of triggers and webhooks, as `Loaders` are. */
export interface TriggerLoaders {
  /** Deleted ones too: what they made still names them. */
  readonly trigger: DataLoader<string, Trigger | undefined>;
  readonly occurrence: DataLoader<string, Occurrence | undefined>;
  readonly delivery: DataLoader<string, DeliveryHead | undefined>;
  readonly deliveryBody: DataLoader<string, Buffer | undefined>;
  readonly tries: DataLoader<string, readonly DeliveryAttempt[]>;
  /** Deleted ones too. */
  readonly endpoint: DataLoader<string, WebhookEndpoint | undefined>;
  readonly occurrencesOf: PageLoader<Occurrence>;
  readonly tasksOf: PageLoader<Task>;
  readonly deliveriesOf: PageLoader<DeliveryHead>;
  readonly deliveriesTo: PageLoader<DeliveryHead>;
}

export function createTriggerLoaders({ pool }: Services): TriggerLoaders {
  const options = { maxBatchSize: MAX_BATCH_SIZE };
  return {
    trigger: new DataLoader((ids) => readTriggers(pool, ids), options),
    occurrence: new DataLoader((ids) => readOccurrences(pool, ids), options),
    delivery: new DataLoader((ids) => readDeliveryHeads(pool, ids), options),
    deliveryBody: new DataLoader((ids) => readBodies(pool, ids), options),
    tries: new DataLoader((ids) => triesOf(pool, ids), options),
    endpoint: new DataLoader((ids) => readEndpoints(pool, ids), options),
    occurrencesOf: byPage(JSON.stringify, (ids, page: PageRequest) => occurrencesOf(pool, ids, page)),
    tasksOf: byPage(JSON.stringify, (ids, page: PageRequest) => tasksOfTriggers(pool, ids, page)),
    deliveriesOf: byPage(JSON.stringify, (ids, page: PageRequest) =>
      deliveriesOf(pool, 'trigger', ids, page),
    ),
    deliveriesTo: byPage(JSON.stringify, (ids, page: PageRequest) =>
      deliveriesOf(pool, 'endpoint', ids, page),
    ),
  };
}
