import { sleep } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import type { Delivery } from './delivery.ts';
import { CHUNK_EVENTS, type ExecuteChunk, whileAway } from './executor.ts';
import type { StreamPage, StreamSource } from './source.ts';

/** More than this waiting to be executed is dropped from memory, and read again when its turn comes. */
const MAX_WAITING_EVENTS = 2_000;
const FAILED_DELAY_MS = 1_000;

/** Somebody who is pushed every result after a place. */
export interface HubMember {
  push(delivery: Delivery): void;
}

export interface HubOptions {
  readonly source: StreamSource;
  readonly executeChunk: ExecuteChunk;
  readonly isTransient: (error: unknown) => boolean;
  readonly log: Log;
  readonly onEmpty: () => void;
}

/**
 * One execution for all subscribers who see the same. It stands at a position: everything up to it was pushed,
 * nothing beyond it. Pages come from the source as they happen; when too many wait, they are dropped and read again.
 */
export class Hub {
  position: bigint;
  readonly #options: HubOptions;
  readonly #members = new Map<HubMember, bigint>();
  readonly #ending = new AbortController();
  readonly #stopFollowing: () => void;
  #waiting: StreamPage<unknown>[] = [];
  #waitingEvents = 0;
  /** True when there may be something after `position` that is not among the pages waiting. */
  #mustRead = true;
  #isPumping = false;

  constructor(position: bigint, options: HubOptions) {
    this.position = position;
    this.#options = options;
    this.#stopFollowing = options.source.follow((page) => this.#grew(page));
    void this.#pump();
  }

  /** Gives `member` every result after `from`, which is at or beyond the hub's position. */
  join(member: HubMember, from: bigint): void {
    this.#members.set(member, from);
  }

  leave(member: HubMember): void {
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    this.#ending.abort();
    this.#stopFollowing();
    this.#waiting = [];
    this.#options.onEmpty();
  }

  #grew(page: StreamPage<unknown> | undefined): void {
    if (!page) {
      this.#mustRead = true;
    } else {
      this.#waiting.push(page);
      this.#waitingEvents += page.items.length;
      if (this.#waitingEvents > MAX_WAITING_EVENTS) {
        this.#waiting = [];
        this.#waitingEvents = 0;
        this.#mustRead = true;
      }
    }
    void this.#pump();
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (!this.#ending.signal.aborted) {
        const page = await this.#next();
        if (page) await this.#deliver(page);
        // Asked here and not above: it may have grown while the answer was on its way.
        else if (!this.#mustRead && this.#waiting.length === 0) return;
      }
    } catch (error) {
      this.#options.log.error({ err: error }, 'a shared subscription failed; it is read again');
      this.#mustRead = true;
      void sleep(FAILED_DELAY_MS, this.#ending.signal).then(() => this.#pump());
    } finally {
      this.#isPumping = false;
    }
  }

  async #next(): Promise<StreamPage<unknown> | undefined> {
    if (!this.#mustRead) {
      // What gathered meanwhile is one page: it loads together, and leaves each socket in one write.
      const last = this.#waiting.at(-1);
      const page = last && {
        items: this.#waiting.flatMap(({ items }) => items),
        position: last.position,
      };
      this.#waiting = [];
      this.#waitingEvents = 0;
      return page;
    }
    // Pages that come from here on, or that are dropped, are seen after the read: cleared before it, never after.
    this.#mustRead = false;
    const { source, isTransient } = this.#options;
    const page = await whileAway(() => source.read(this.position), isTransient, this.#ending.signal);
    if (page && !page.atHead) this.#mustRead = true;
    return page;
  }

  async #deliver(page: StreamPage<unknown>): Promise<void> {
    const items = page.items.filter(({ position }) => position > this.position);
    for (let start = 0; start < items.length; start += CHUNK_EVENTS) {
      const chunk = items.slice(start, start + CHUNK_EVENTS);
      const deliveries = await this.#options.executeChunk(chunk, this.#ending.signal);
      if (this.#ending.signal.aborted) return;
      for (const delivery of deliveries) {
        this.position = delivery.position;
        for (const [member, from] of this.#members) if (delivery.position > from) member.push(delivery);
      }
    }
    if (page.position > this.position) this.position = page.position;
  }
}
