import type pg from 'pg';
import { newId } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import { type NextRun, startPoller } from '../core/poller.ts';
import type { WebhookEndpoint } from '../domain/endpoint.ts';
import { eventId, type TaskEvent } from '../domain/events.ts';
import { TASK_STATUSES, type TaskStatus } from '../domain/status.ts';
import {
  beginCursor,
  holdCursor,
  holdEndpoints,
  insertOutgoing,
  moveCursor,
  type OutgoingBatch,
  skipWithoutEndpoints,
} from '../store/deliveries/outgoing-make.ts';
import { readLog } from '../store/events/log.ts';
import { readInputRequests } from '../store/tasks/inputs.ts';
import { readTasks } from '../store/tasks/read.ts';
import { inTransaction } from '../store/transaction.ts';
import type { EventLog } from '../streams/log/event-log.ts';
import { payloadOf } from './payload.ts';

/** The longest delay after a lost wake-up. */
const POLL_MS = 5_000;
/** Without endpoints: at most one small statement in this time, however many events there are. */
const NO_ENDPOINT_INTERVAL_MS = 1_000;
/** The wait before the next run if another process holds the cursor. */
const HELD_ELSEWHERE_MS = 100;
/** Under load a run processes a batch of events. */
const MIN_INTERVAL_MS = 20;
/** In memory at once, each with its whole task: up to half a megabyte each. */
const PAGE_EVENTS = 50;
const AWAY_BACKOFF = { firstDelayMs: 100, maxDelayMs: 5_000 };

/** Creates deliveries of task events, once for each event and endpoint, with any number of processes. */
export interface Dispatcher extends AsyncDisposable {
  /** A wake-up: there may be deliveries to create. */
  look(): void;
}

export interface DispatcherOptions {
  readonly pool: pg.Pool;
  readonly eventLog: EventLog;
  /** Deliveries were created and are due. */
  readonly onMade: () => void;
  readonly log: Log;
}

/**
 * Follows the event log, which must have started, from a cursor that all processes share. The process that locks the
 * cursor creates the deliveries and moves it in one transaction: a crash before the commit changes neither.
 */
export function startDispatcher({ pool, eventLog, onMade, log }: DispatcherOptions): Dispatcher {
  let hasBegun = false;
  /** The last known position of the cursor. */
  let doneUpTo = -1n;

  async function run(): Promise<NextRun | undefined> {
    // Read before the endpoints, so that an endpoint missing from that read was created after all of these events.
    const settled = eventLog.settled();
    if (!hasBegun) {
      await beginCursor(pool, settled);
      hasBegun = true;
    }
    if (settled <= doneUpTo) return undefined;
    if (await skipWithoutEndpoints(pool, settled)) {
      doneUpTo = settled;
      return { notBeforeMs: NO_ENDPOINT_INTERVAL_MS };
    }
    const page = await inTransaction(pool, (client) => makePage(client, settled));
    if (!page) return { dueInMs: HELD_ELSEWHERE_MS };
    doneUpTo = page.position;
    if (page.made > 0) onMade();
    return page.position < settled ? { dueInMs: 0 } : undefined;
  }

  async function makePage(
    client: pg.PoolClient,
    settled: bigint,
  ): Promise<{ position: bigint; made: number } | undefined> {
    const after = await holdCursor(client);
    if (after === undefined) return undefined;
    if (after >= settled) return { position: after, made: 0 };
    const endpoints = await holdEndpoints(client);
    // All on the connection of this transaction: waiting for another connection of the pool while holding locks can
    // cause a deadlock.
    const events = await readLog(client, {
      after,
      upTo: settled,
      limit: PAGE_EVENTS,
      filter: { status: statusesOf(endpoints) },
      fromEnd: false,
    });
    const position = events.length < PAGE_EVENTS ? settled : (events.at(-1)?.position ?? settled);
    const batches = await batchesOf(client, events, endpoints);
    if (batches.length > 0) await insertOutgoing(client, batches);
    await moveCursor(client, position);
    return { position, made: batches.length };
  }

  const poller = startPoller({
    run,
    pollMs: POLL_MS,
    minIntervalMs: MIN_INTERVAL_MS,
    backoff: AWAY_BACKOFF,
    outage: {
      log,
      began: 'outgoing deliveries cannot be created; retrying',
      ended: 'outgoing deliveries can be created again',
    },
  });
  const unsubscribe = eventLog.onPage(() => poller.wake());
  return {
    look: () => poller.wake(),
    [Symbol.asyncDispose]: async () => {
      unsubscribe();
      await poller.stop();
    },
  };
}

/** The statuses that any endpoint wants. An event without a status is not sent. */
function statusesOf(endpoints: readonly WebhookEndpoint[]): readonly TaskStatus[] {
  if (endpoints.some((endpoint) => endpoint.statuses.length === 0)) return TASK_STATUSES;
  return [...new Set(endpoints.flatMap((endpoint) => endpoint.statuses))];
}

/** Whether the endpoint gets the event. */
function wants(endpoint: WebhookEndpoint, event: TaskEvent): boolean {
  const { statuses, agents, sources, createdAt } = endpoint;
  return (
    event.to !== null &&
    event.at >= createdAt &&
    (statuses.length === 0 || statuses.includes(event.to)) &&
    (agents.length === 0 || (event.agent !== null && agents.includes(event.agent))) &&
    (sources.length === 0 || sources.includes(event.source))
  );
}

async function batchesOf(
  client: pg.PoolClient,
  events: readonly TaskEvent[],
  endpoints: readonly WebhookEndpoint[],
): Promise<OutgoingBatch[]> {
  const wanted = events
    .map((event) => ({ event, to: endpoints.filter((endpoint) => wants(endpoint, event)) }))
    .filter(({ to }) => to.length > 0);
  if (wanted.length === 0) return [];
  const ids = [...new Set(wanted.map(({ event }) => event.taskId))];
  const tasks = new Map((await readTasks(client, ids)).flatMap((task) => (task ? [[task.id, task]] : [])));
  const asked = [...tasks.values()].flatMap(({ inputRequestId }) => inputRequestId ?? []);
  const questions = asked.length > 0 ? await readInputRequests(client, asked) : [];
  const questionOf = new Map(questions.flatMap((question) => (question ? [[question.id, question]] : [])));
  return wanted.flatMap(({ event, to }) => {
    const task = tasks.get(event.taskId);
    if (!task) return [];
    const key = eventId(event);
    return {
      key,
      taskId: task.id,
      headers: { 'content-type': 'application/json', 'user-agent': 'Errand', 'webhook-id': key },
      body: payloadOf(event, task, questionOf.get(task.inputRequestId ?? '')),
      to: to.map((endpoint) => ({ deliveryId: newId('delivery'), endpointId: endpoint.id })),
    };
  });
}
