import type pg from 'pg';
import { monotonicMs, sleep } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type NextRun, type Poller, startPoller } from '../../core/poller.ts';
import { deferred, withDeadline } from '../../core/promises.ts';
import type { TaskEvent } from '../../domain/events.ts';
import type { EventFilter } from '../../domain/filters.ts';
import {
  anyStillWriting,
  lastAssignedPosition,
  readLog,
  readTail,
  writersInFlight,
} from '../../store/events/log.ts';
import { type Fence, settle } from './gaps.ts';

/** The longest delay after a lost wake-up. */
const POLL_MS = 2_000;
/** While a position is missing: its transaction usually ends within the time of a commit. */
const GAP_POLL_MS = 2;
/** The longer a transaction stays open, the less often it is checked; this delays events by a tenth of that time. */
const MAX_GAP_POLL_MS = 50;
/** Under load a read then returns a batch instead of one event; an idle log is read at once. */
const MIN_INTERVAL_MS = 4;
const AT_ONCE: NextRun = { dueInMs: 0, notBeforeMs: 0 };
const PAGE_EVENTS = 1_000;
/** Used after a failure, since a page of very large events may have caused the timeout. */
const CAREFUL_PAGE_EVENTS = 50;
/** A half-open connection does not answer; another one is tried long before the pool closes it. */
const READ_TIMEOUT_MS = 4_000;
const AWAY_BACKOFF = { firstDelayMs: 50, maxDelayMs: 2_000 };
/** A warning is logged if a writer holds a gap open for longer than this. */
const LONG_GAP_MS = 5_000;

/** Called synchronously with each page, in the order of the log; `settled` is the reader's position after it. */
export type PageListener = (events: readonly TaskEvent[], settled: bigint) => void;

export interface LogRead {
  /** Exclusive. */
  readonly after: bigint;
  /** Inclusive. Default and maximum: the settled end. */
  readonly upTo?: bigint;
  readonly filter?: EventFilter;
  readonly limit: number;
}

/** The event log as this process has read it: in order, without gaps or duplicates. */
export interface EventLog extends AsyncDisposable {
  /** Resolves when the end of the log is known; retries while the database cannot be reached. */
  start(): Promise<void>;
  /** Every event up to here is visible; no event will appear below it later. */
  settled(): bigint;
  /** Returns the way to stop listening. A page is sent once, also after an outage of the database. */
  onPage(listener: PageListener): () => void;
  /** A page of settled events. It includes all matching events after the start, up to and including `position`. */
  read(page: LogRead): Promise<{ events: TaskEvent[]; position: bigint }>;
  /** The highest position ever assigned; a cursor beyond it is invalid. */
  lastAssigned(): Promise<bigint>;
  /** A wake-up: the log has grown. */
  look(): void;
  status(): { readonly ok: boolean; readonly detail?: string };
}

function bounded<T>(read: Promise<T>): Promise<T> {
  return withDeadline(READ_TIMEOUT_MS, read);
}

/** One reader per process; `pool` is the application's. */
export function createEventLog(options: { readonly pool: pg.Pool; readonly log: Log }): EventLog {
  const { pool, log } = options;
  const listeners = new Set<PageListener>();
  const endFound = deferred<void>();
  const stopping = new AbortController();
  let poller: Poller | undefined;
  let position = 0n;
  let fence: Fence | undefined;
  let fencedUpTo = 0n;
  let gapSinceMs: number | undefined;
  let hasEnd = false;

  /** Open transactions hold positions assigned before; when they have ended, all up to `last` is settled. */
  async function findEnd(): Promise<void> {
    const last = await bounded(lastAssignedPosition(pool));
    const writers = await bounded(writersInFlight(pool));
    while (writers.length > 0 && (await bounded(anyStillWriting(pool, writers)))) {
      warnOfLongGap(writers);
      if (!(await sleep(GAP_POLL_MS, stopping.signal))) return;
    }
    gapSinceMs = undefined;
    position = last;
    fencedUpTo = last;
  }

  function warnOfLongGap(writers: readonly string[]): void {
    const now = monotonicMs();
    gapSinceMs ??= now;
    if (now - gapSinceMs < LONG_GAP_MS) return;
    gapSinceMs = now;
    log.warn({ writers }, 'event log is waiting for transactions that have been open for seconds');
  }

  function publish(events: readonly TaskEvent[]): void {
    if (events.length === 0) return;
    for (const listener of [...listeners]) {
      try {
        listener(events, position);
      } catch (error) {
        log.error({ err: error }, 'event log listener failed');
      }
    }
  }

  /** Reads once and sends the settled events to the listeners. */
  async function advance(isRetry: boolean): Promise<NextRun | undefined> {
    const limit = isRetry ? CAREFUL_PAGE_EVENTS : PAGE_EVENTS;
    const rows = await bounded(readTail(pool, position, limit));
    if (stopping.signal.aborted) return undefined;
    const settled = settle(position, rows, fencedUpTo);
    position = settled.cursor;
    publish(rows.slice(0, settled.count));
    const last = rows.at(-1);
    if (!settled.atGap || !last) {
      fence = undefined;
      gapSinceMs = undefined;
      return rows.length === limit ? AT_ONCE : undefined;
    }
    // The fence of an earlier gap does not cover positions that were assigned after it.
    if (!fence || fence.upTo <= position) {
      fence = { upTo: last.position, writers: await bounded(writersInFlight(pool)) };
    }
    await waitAtGap(fence);
    return AT_ONCE;
  }

  async function waitAtGap(at: Fence): Promise<void> {
    const startedMs = monotonicMs();
    for (;;) {
      if (at.writers.length === 0 || !(await bounded(anyStillWriting(pool, at.writers)))) {
        // Their commits are visible to the next read, but may be missing from the previous one.
        fencedUpTo = at.upTo;
        fence = undefined;
        return;
      }
      const [next] = await bounded(readTail(pool, position, 1));
      if (next?.position === position + 1n) return;
      warnOfLongGap(at.writers);
      const waitedMs = monotonicMs() - startedMs;
      const delayMs = Math.min(MAX_GAP_POLL_MS, Math.max(GAP_POLL_MS, waitedMs / 10));
      if (!(await sleep(delayMs, stopping.signal))) return;
    }
  }

  async function run(isRetry: boolean): Promise<NextRun | undefined> {
    if (hasEnd) return advance(isRetry);
    await findEnd();
    hasEnd = true;
    endFound.resolve();
    return AT_ONCE;
  }

  return {
    start: async () => {
      poller ??= startPoller({
        run: ({ cause }) => run(cause === 'retry'),
        pollMs: POLL_MS,
        minIntervalMs: MIN_INTERVAL_MS,
        backoff: AWAY_BACKOFF,
        outage: {
          log,
          began: 'event log cannot be read; retrying',
          ended: 'event log can be read again',
        },
      });
      await endFound.promise;
    },
    settled: () => position,
    onPage: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    read: async (page) => {
      const settled = position;
      const upTo = page.upTo !== undefined && page.upTo < settled ? page.upTo : settled;
      if (page.after >= upTo) return { events: [], position: page.after };
      const events = await readLog(pool, {
        filter: page.filter ?? {},
        after: page.after,
        upTo,
        limit: page.limit,
        fromEnd: false,
      });
      return { events, position: events.length < page.limit ? upTo : (events.at(-1)?.position ?? upTo) };
    },
    lastAssigned: () => lastAssignedPosition(pool),
    look: () => poller?.wake(),
    status: () => {
      const failure = poller?.failure();
      if (failure !== undefined)
        return { ok: false, detail: `the event log cannot be read: ${messageOf(failure)}` };
      return hasEnd ? { ok: true } : { ok: false, detail: 'the event log has not been read yet' };
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      endFound.resolve();
      await poller?.stop();
    },
  };
}
