import { monotonicMs } from '../../core/clock.ts';
import { isDatabaseAway } from '../../core/database-away.ts';
import { backoffDelayMs } from '../../core/retry.ts';
import type { TaskEvent } from '../../domain/events.ts';
import { type EventFilter, matchesFilter } from '../../store/events/log.ts';
import type { EventLog } from './event-log.ts';

/** How much waits for a reader that does not keep up; beyond it, the reader is given what it missed from the log again. */
const MAX_QUEUE_EVENTS = 1_000;
const READ_EVENTS = 200;
const AWAY_BACKOFF = { firstDelayMs: 100, maxDelayMs: 2_000 };

/**
 * One reader of the log, from a position on: first what was missed, then what happens, every matching event once and
 * in order. It is pulled: a slow reader holds at most `MAX_QUEUE_EVENTS`, and falls back to reading what it missed.
 */
export class EventFeed {
  readonly #log: EventLog;
  readonly #filter: EventFilter;
  readonly #stop: () => void;
  /** Everything up to here was given. */
  #position: bigint;
  /** Set while pages are queued: everything beyond it is in the queue, everything up to it is read. */
  #joinedAt: bigint | undefined;
  #queue: TaskEvent[] = [];
  /** How far the queue reaches. */
  #queuedUpTo = 0n;
  #wake: (() => void) | undefined;
  #isOver = false;
  #failures = 0;

  constructor(log: EventLog, filter: EventFilter, after: bigint) {
    this.#log = log;
    this.#filter = filter;
    this.#position = after;
    this.#stop = log.onPage((events, settled) => this.#hear(events, settled));
  }

  /** Everything up to here was given, or does not match. */
  get position(): bigint {
    return this.#position;
  }

  /**
   * What comes next: at least one event, or none once `timeoutMs` have passed or it is over. While the database is
   * away it waits. Throws what nobody foresaw.
   */
  async next(timeoutMs: number): Promise<readonly TaskEvent[]> {
    const untilMs = monotonicMs() + timeoutMs;
    while (!this.#isOver) {
      const events = await this.#take();
      if (events.length > 0) return events;
      const leftMs = untilMs - monotonicMs();
      if (leftMs <= 0) return [];
      if (this.#failures > 0)
        await this.#wait(Math.min(leftMs, backoffDelayMs(this.#failures, AWAY_BACKOFF)));
      else if (this.#hasCaughtUp && this.#queue.length === 0) await this.#wait(leftMs);
    }
    return [];
  }

  /** Ends it; a `next` under way gives nothing. */
  end(): void {
    this.#isOver = true;
    this.#stop();
    this.#queue = [];
    this.#wake?.();
  }

  get #hasCaughtUp(): boolean {
    return this.#joinedAt !== undefined && this.#position >= this.#joinedAt;
  }

  #hear(events: readonly TaskEvent[], settled: bigint): void {
    if (this.#joinedAt === undefined) return;
    for (const event of events) {
      if (event.position > this.#joinedAt && matchesFilter(event, this.#filter)) this.#queue.push(event);
    }
    if (settled > this.#queuedUpTo) this.#queuedUpTo = settled;
    if (this.#queue.length > MAX_QUEUE_EVENTS) {
      this.#queue = [];
      this.#joinedAt = undefined;
    }
    this.#wake?.();
  }

  async #take(): Promise<readonly TaskEvent[]> {
    if (this.#joinedAt === undefined) {
      const settled = this.#log.settled();
      this.#joinedAt = settled > this.#position ? settled : this.#position;
      this.#queuedUpTo = this.#joinedAt;
    }
    if (this.#hasCaughtUp) {
      const queued = this.#queue.splice(0, READ_EVENTS);
      const isEmptied = this.#queue.length === 0;
      this.#position = isEmptied ? this.#queuedUpTo : (queued.at(-1)?.position ?? this.#position);
      return queued;
    }
    try {
      const page = await this.#log.read({
        after: this.#position,
        upTo: this.#joinedAt,
        filter: this.#filter,
        limit: READ_EVENTS,
      });
      this.#failures = 0;
      if (this.#isOver) return [];
      this.#position = page.position;
      return page.events;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      this.#failures += 1;
      return [];
    }
  }

  async #wait(delayMs: number): Promise<void> {
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
