import type { Hub, HubMember } from './hub.ts';
import { CHUNK_ITEMS, type Delivery, type Renderer } from './render.ts';
import type { StreamSource } from './source.ts';
import { whileAway } from './while-away.ts';

/** The limits of one reader's queue; the first one reached counts. */
const MAX_QUEUE_ITEMS = 1_000;
const MAX_QUEUE_CHARACTERS = 8 * 1024 * 1024;

export interface SubscriberOptions<Result> {
  readonly source: StreamSource;
  /** Renders missed items. Created only if needed, since most of many subscribers have missed nothing. */
  readonly ownRenderer: () => Renderer<unknown, Result>;
  /** The hub that pushes live items, at or beyond `position`. */
  readonly hubAt: (position: bigint) => Hub<Result>;
  /** The last result for the reader if the stream ends with `error`. */
  readonly lastOf: (error: unknown) => Result;
  /** The error for a reader that is too slow; `cursor` is that of the last item it read. */
  readonly slow: (cursor: string | undefined) => Error;
  /** Called once if the reader was too slow, and once when the stream is over. */
  readonly onSlow: () => void;
  readonly onEnd: () => void;
}

/**
 * One reader of a stream. Missed items are read and rendered at the reader's pace. Near the head it joins the hub at a
 * known position, reads up to there, and receives the rest from the hub. `take` and `ready` are for a transport that
 * writes all waiting results together; the iterator is for the others.
 */
export class Subscriber<Result> implements AsyncGenerator<Result, void, void>, HubMember<Result> {
  readonly #options: SubscriberOptions<Result>;
  readonly #ending = new AbortController();
  #replayed: Delivery<Result>[] = [];
  #live: Delivery<Result>[] = [];
  #liveCharacters = 0;
  /** Everything up to this position was read, rendered and queued. */
  #position: bigint;
  /** The position of the last item that was taken. */
  #taken: bigint;
  #hub: Hub<Result> | undefined;
  #joinedAt = 0n;
  #last: { readonly result: Result } | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(options: SubscriberOptions<Result>) {
    this.#options = options;
    this.#position = options.source.after;
    this.#taken = options.source.after;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The cursor to resume from: every item of this stream up to it was read. */
  get reached(): bigint {
    if (this.#replayed.length > 0 || this.#live.length > 0) return this.#taken;
    const read = this.#hub && this.#hasCaughtUp ? this.#hub.moveUp() : this.#position;
    return read > this.#taken ? read : this.#taken;
  }

  push(delivery: Delivery<Result>): void {
    if (this.#last || this.#isOver) return;
    if (this.#options.source.mode === 'latest') {
      this.#live = [];
      this.#liveCharacters = 0;
    }
    this.#live.push(delivery);
    this.#liveCharacters += delivery.characters;
    if (this.#live.length > MAX_QUEUE_ITEMS || this.#liveCharacters > MAX_QUEUE_CHARACTERS) {
      this.fail(this.#options.slow(this.#options.source.cursorOf(this.#taken)));
      this.#options.onSlow();
    }
    this.#wake?.();
  }

  /** Ends the stream with an error as its last result; the queue is dropped. */
  fail(error: unknown): void {
    if (this.#last || this.#isOver) return;
    this.#last = { result: this.#options.lastOf(error) };
    this.#drop();
    this.#wake?.();
  }

  /** The next result; undefined if none waits or the stream is over. If it is over after a take, that was the error. */
  take(): Result | undefined {
    if (this.#isOver) return undefined;
    if (this.#last) {
      this.#end();
      return this.#last.result;
    }
    const delivery = this.#replayed.shift() ?? this.#takeLive();
    if (!delivery) return undefined;
    this.#taken = delivery.position;
    return delivery.result;
  }

  /** Resolves when `take` may return a result or the stream is over; never rejects. One call at a time. */
  async ready(): Promise<void> {
    if (this.#isOver || this.#last || this.#replayed.length > 0) return;
    if (!this.#hasCaughtUp) return this.#readOn();
    if (this.#live.length > 0) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  async next(): Promise<IteratorResult<Result, void>> {
    while (!this.#isOver) {
      const value = this.take();
      if (value !== undefined) return { value, done: false };
      await this.ready();
    }
    return { value: undefined, done: true };
  }

  return(): Promise<IteratorResult<Result, void>> {
    this.#end();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(): Promise<IteratorResult<Result, void>> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  get #hasCaughtUp(): boolean {
    return this.#hub !== undefined && this.#position >= this.#joinedAt;
  }

  #takeLive(): Delivery<Result> | undefined {
    const delivery = this.#hasCaughtUp ? this.#live.shift() : undefined;
    if (delivery) this.#liveCharacters -= delivery.characters;
    return delivery;
  }

  /** One page of missed items. A slow reader has only this page in memory. */
  async #readOn(): Promise<void> {
    const { source, ownRenderer } = this.#options;
    const { signal } = this.#ending;
    try {
      const upTo = this.#hub ? this.#joinedAt : undefined;
      const page = await whileAway(() => source.read(this.#position, upTo), signal);
      if (!page || signal.aborted) return;
      const renderer = page.items.length > 0 ? ownRenderer() : undefined;
      for (let start = 0; renderer && start < page.items.length; start += CHUNK_ITEMS) {
        const deliveries = await renderer.render(page.items.slice(start, start + CHUNK_ITEMS), signal);
        if (signal.aborted) return;
        this.#replayed.push(...deliveries);
      }
      this.#position = page.position;
      if (page.atHead && !this.#hub) this.#join();
    } catch (error) {
      this.fail(error);
    }
  }

  /** From now on the hub pushes items beyond both positions; up to there the subscriber reads by itself. */
  #join(): void {
    const hub = this.#options.hubAt(this.#position);
    this.#hub = hub;
    this.#joinedAt = hub.position > this.#position ? hub.position : this.#position;
    hub.join(this, this.#joinedAt);
  }

  #drop(): void {
    this.#ending.abort();
    this.#replayed = [];
    this.#live = [];
    this.#liveCharacters = 0;
    this.#hub?.leave(this);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#drop();
    this.#wake?.();
    this.#options.onEnd();
  }
}
