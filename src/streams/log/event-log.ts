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

/** A lost wake-up costs this much time. */
const POLL_MS = 2_000;
/** While a number is missing: its transaction usually ends within a commit's time. */
const GAP_POLL_MS = 2;
/** A transaction that stays open for long is asked about less and less often, at the price of a tenth of its time. */
const MAX_GAP_POLL_MS = 50;
/** Under load a read then takes what gathered, instead of one event each; an idle log is read at once. */
const MIN_INTERVAL_MS = 4;
const AT_ONCE: NextRun = { dueInMs: 0, notBeforeMs: 0 };
const PAGE_EVENTS = 1_000;
/** After a failure: a page of the largest events may be what took too long. */
const CAREFUL_PAGE_EVENTS = 50;
/** A connection that is half open answers nothing; another is tried long before the pool gives it up. */
const READ_TIMEOUT_MS = 4_000;
const AWAY_BACKOFF = { firstDelayMs: 50, maxDelayMs: 2_000 };
/** A writer that holds a gap open longer than this is worth a line in the log. */
const LONG_GAP_MS = 5_000;

/** Called synchronously, one page after the other, in the order of the log; `settled` is where the reader stands then. */
export type PageListener = (events: readonly TaskEvent[], settled: bigint) => void;

export interface LogRead {
  /** Exclusive. */
  readonly after: bigint;
  /** Inclusive; the settled end when absent or beyond it. */
  readonly upTo?: bigint;
  readonly filter?: EventFilter;
  readonly limit: number;
}

/** The log of all tasks as this process has read it: in order, nothing skipped, nothing doubled. */
export interface EventLog extends AsyncDisposable {
  /** Resolves when the end of the log is known; waits, and goes on trying, while the database is away. */
  start(): Promise<void>;
  /** Every event up to here is visible, and none will appear below it. */
  settled(): bigint;
  /** Gives back the way to stop listening. A page comes once, also after the database was away. */
  onPage(listener: PageListener): () => void;
  /** A page of settled events; everything that matches, up to and with `position`, is in it or lies before it. */
  read(page: LogRead): Promise<{ events: TaskEvent[]; position: bigint }>;
  /** The highest position that any writer was ever given: a cursor beyond it is nonsense. */
  lastAssigned(): Promise<bigint>;
  /** A wake-up: the log has grown. */
  look(): void;
  status(): { readonly ok: boolean; readonly detail?: string };
}

function bounded<T>(read: Promise<T>): Promise<T> {
  return withDeadline(READ_TIMEOUT_MS, read);
}

/** One reader a process; `pool` is the application's. */
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

  /** Transactions under way hold numbers that were given out before; when they are gone, all up to `last` is decided. */
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
    log.warn({ writers }, 'the event log waits for transactions that have been writing for seconds');
  }

  function publish(events: readonly TaskEvent[]): void {
    if (events.length === 0) return;
    for (const listener of [...listeners]) {
      try {
        listener(events, position);
      } catch (error) {
        log.error({ err: error }, 'a listener of the event log failed');
      }
    }
  }

  /** Reads once and passes on what is settled. */
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
    // The fence of an earlier gap does not cover numbers given out after it was taken.
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
        // Whatever they committed is visible to the read that follows, never to the one before.
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
          began: 'the event log cannot be read; trying again until it can',
          ended: 'the event log is read again',
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
