import { sleep } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import { CHUNK_ITEMS, type Delivery, type Renderer } from './render.ts';
import type { StreamPage, StreamSource } from './source.ts';
import { whileAway } from './while-away.ts';

/** If more items wait for rendering, they are dropped from memory and read again later. */
const MAX_WAITING_ITEMS = 2_000;
const FAILED_DELAY_MS = 1_000;

/** Receives every delivery after a position. */
export interface HubMember<Result> {
  push(delivery: Delivery<Result>): void;
}

export interface HubOptions<Result> {
  readonly source: StreamSource;
  readonly renderer: Renderer<unknown, Result>;
  readonly log: Log;
  readonly onEmpty: () => void;
}

/**
 * One rendering for all subscribers that see the same data. Everything up to its position was pushed, and nothing
 * beyond it. The source sends pages as they happen; if too many wait, they are dropped and read again.
 */
export class Hub<Result> {
  position: bigint;
  readonly #options: HubOptions<Result>;
  readonly #members = new Map<HubMember<Result>, bigint>();
  readonly #ending = new AbortController();
  readonly #stopFollowing: () => void;
  #waiting: StreamPage<unknown>[] = [];
  #waitingItems = 0;
  /** True if there may be items after `position` that are not in the waiting pages. */
  #mustRead = true;
  #isPumping = false;

  constructor(position: bigint, options: HubOptions<Result>) {
    this.position = position;
    this.#options = options;
    this.#stopFollowing = options.source.follow((page) => this.#grew(page));
    void this.#pump();
  }

  /** Moves the position to the head of the source when no items are left, past positions without matching items. */
  moveUp(): bigint {
    const isIdle = !this.#isPumping && !this.#mustRead && this.#waiting.length === 0;
    const head = isIdle ? this.#options.source.head?.() : undefined;
    if (head !== undefined && head > this.position) this.position = head;
    return this.position;
  }

  /** Sends `member` every delivery after `from`, which is at or beyond the hub's position. */
  join(member: HubMember<Result>, from: bigint): void {
    this.#members.set(member, from);
  }

  leave(member: HubMember<Result>): void {
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
      this.#waitingItems += page.items.length;
      if (this.#waitingItems > MAX_WAITING_ITEMS) {
        this.#waiting = [];
        this.#waitingItems = 0;
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
        // Checked here and not above: the source may have grown while the page was being delivered.
        else if (!this.#mustRead && this.#waiting.length === 0) return;
      }
    } catch (error) {
      this.#options.log.error({ err: error }, 'shared stream failed; it is read again from its position');
      this.#mustRead = true;
      void sleep(FAILED_DELAY_MS, this.#ending.signal).then(() => this.#pump());
    } finally {
      this.#isPumping = false;
    }
  }

  async #next(): Promise<StreamPage<unknown> | undefined> {
    if (!this.#mustRead) {
      // Pages that arrived meanwhile become one: they are loaded together and sent to each socket in one write.
      const last = this.#waiting.at(-1);
      const page = last && {
        items: this.#waiting.flatMap(({ items }) => items),
        position: last.position,
      };
      this.#waiting = [];
      this.#waitingItems = 0;
      return page;
    }
    // Cleared before the read, so that pages that arrive or are dropped during the read are seen after it.
    this.#mustRead = false;
    const { source } = this.#options;
    const page = await whileAway(() => source.read(this.position), this.#ending.signal);
    if (page && !page.atHead) this.#mustRead = true;
    return page;
  }

  async #deliver(page: StreamPage<unknown>): Promise<void> {
    const items = page.items.filter(({ position }) => position > this.position);
    for (let start = 0; start < items.length; start += CHUNK_ITEMS) {
      const chunk = items.slice(start, start + CHUNK_ITEMS);
      const deliveries = await this.#options.renderer.render(chunk, this.#ending.signal);
      if (this.#ending.signal.aborted) return;
      for (const delivery of deliveries) {
        this.position = delivery.position;
        for (const [member, from] of this.#members) if (delivery.position > from) member.push(delivery);
      }
    }
    if (page.position > this.position) this.position = page.position;
  }
}
