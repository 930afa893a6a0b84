import type pg from 'pg';
import { newId } from '../core/ids.ts';
import { Nap } from '../core/interruptible-sleep.ts';
import type { Log } from '../core/log.ts';
import { backoffDelayMs } from '../core/retry.ts';
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

/** Looked at without a hint. */
const POLL_MS = 5_000;
/** With nobody to tell, one small statement in this time at most, however much happens. */
const NOBODY_INTERVAL_MS = 1_000;
/** Another process is at it; what it leaves is looked at so much later. */
const HELD_ELSEWHERE_MS = 100;
/** Under load a look takes what gathered. */
const MIN_INTERVAL_MS = 20;
/** In memory at once, each with its task in full: half a megabyte where tasks are as large as they may be. */
const PAGE_EVENTS = 50;
const AWAY_BACKOFF = { firstDelayMs: 100, maxDelayMs: 5_000 };

/** Makes deliveries of what happens to tasks, once for each event and endpoint, whoever else does so. */
export interface Dispatcher extends AsyncDisposable {
  /** A hint that there is something to look at. */
  look(): void;
}

export interface DispatcherOptions {
  readonly pool: pg.Pool;
  readonly eventLog: EventLog;
  /** Deliveries were made: they are due. */
  readonly onMade: () => void;
  readonly log: Log;
}

/**
 * Follows the event log, which must have started, from a cursor that all processes share. Whoever holds the cursor
 * makes the deliveries and moves it in one transaction: a crash before the commit leaves both as they were.
 */
export function startDispatcher({ pool, eventLog, onMade, log }: DispatcherOptions): Dispatcher {
  const nap = new Nap();
  let stopped = false;
  let hasBegun = false;
  /** The cursor is known to have come this far. */
  let doneUpTo = -1n;

  /** Gives how long to wait before the next look unless something is hinted, and how long at least. */
  async function step(): Promise<{ waitMs: number; atLeastMs?: number }> {
    // Read before the endpoints are: one that is seen then was made after all of this was, or will be told of it.
    const settled = eventLog.settled();
    if (!hasBegun) {
      await beginCursor(pool, settled);
      hasBegun = true;
    }
    if (settled <= doneUpTo) return { waitMs: POLL_MS };
    if (await skipWithoutEndpoints(pool, settled)) {
      doneUpTo = settled;
      return { waitMs: POLL_MS, atLeastMs: NOBODY_INTERVAL_MS };
    }
    const page = await inTransaction(pool, (client) => makePage(client, settled));
    if (!page) return { waitMs: HELD_ELSEWHERE_MS };
    doneUpTo = page.position;
    if (page.made > 0) onMade();
    return { waitMs: page.position < settled ? 0 : POLL_MS };
  }

  async function makePage(
    client: pg.PoolClient,
    settled: bigint,
  ): Promise<{ position: bigint; made: number } | undefined> {
    const after = await holdCursor(client);
    if (after === undefined) return undefined;
    if (after >= settled) return { position: after, made: 0 };
    const endpoints = await holdEndpoints(client);
    // All on the connection of this transaction: whoever holds locks and waits for another one of the pool's may wait
    // for those that wait for its locks.
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

  async function follow(): Promise<void> {
    for (let failures = 0; !stopped; ) {
      try {
        const { waitMs, atLeastMs = MIN_INTERVAL_MS } = await step();
        if (failures > 1) log.info('deliveries are made again');
        failures = 0;
        await nap.take(atLeastMs);
        if (waitMs > 0) await nap.takeUnlessHinted(waitMs);
      } catch (err) {
        if (stopped) return;
        failures += 1;
        if (failures === 1) log.warn({ err }, 'deliveries of webhooks cannot be made; trying again');
        await nap.take(backoffDelayMs(failures, AWAY_BACKOFF));
      }
    }
  }

  const unlisten = eventLog.onPage(() => nap.hint());
  const following = follow();
  return {
    look: () => nap.hint(),
    [Symbol.asyncDispose]: async () => {
      stopped = true;
      unlisten();
      nap.end();
      await following;
    },
  };
}

/** Every status that any of them wants to hear of: an event without one moves no task. */
function statusesOf(endpoints: readonly WebhookEndpoint[]): readonly TaskStatus[] {
  if (endpoints.some((endpoint) => endpoint.statuses.length === 0)) return TASK_STATUSES;
  return [...new Set(endpoints.flatMap((endpoint) => endpoint.statuses))];
}

/** Whether the endpoint is told of the event. */
export function wants(endpoint: WebhookEndpoint, event: TaskEvent): boolean {
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
