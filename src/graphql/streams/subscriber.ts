import type { GraphQLError } from 'graphql';
import { type Delivery, StreamResult } from './delivery.ts';
import { CHUNK_EVENTS, type ExecuteChunk, whileAway } from './executor.ts';
import type { Hub, HubMember } from './hub.ts';
import type { StreamSource } from './source.ts';

/** How much may wait for one reader, whichever is reached first. */
export const MAX_QUEUE_EVENTS = 1_000;
export const MAX_QUEUE_CHARACTERS = 8 * 1024 * 1024;

export interface SubscriberOptions {
  readonly source: StreamSource;
  /** This subscriber's own execution, for what was missed. */
  readonly executeChunk: ExecuteChunk;
  /** The hub of those who see the same, made when the first of them stands at `position`. */
  readonly hubAt: (position: bigint) => Hub;
  readonly isTransient: (error: unknown) => boolean;
  /** What a failure looks like to the reader. */
  readonly errorOf: (error: unknown) => GraphQLError;
  /** What a reader is told that does not keep up; `cursor` is that of the last event it was given. */
  readonly slow: (cursor: string | undefined) => GraphQLError;
  /** Called once when it did not keep up, and once when it is over. */
  readonly onSlow: () => void;
  readonly onEnd: () => void;
}

/**
 * One reader of a stream. What was missed is read and executed as the reader takes it; close to the head it joins the
 * hub at a known position, reads on up to there, and is pushed the rest. `take` and `ready` are for a transport that
 * writes what is there in one go; the iterator is for every other.
 */
export class Subscriber implements AsyncGenerator<StreamResult, void, void>, HubMember {
  readonly #options: SubscriberOptions;
  readonly #ending = new AbortController();
  #replayed: Delivery[] = [];
  #live: Delivery[] = [];
  #liveCharacters = 0;
  /** Everything up to here was read, executed and queued. */
  #position: bigint;
  /** The cursor's place of the last event that was taken. */
  #given: bigint;
  #hub: Hub | undefined;
  #joinedAt = 0n;
  #last: StreamResult | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#position = options.source.after;
    this.#given = options.source.after;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  push(delivery: Delivery): void {
    if (this.#last || this.#isOver) return;
    if (this.#options.source.mode === 'latest') {
      this.#live = [];
      this.#liveCharacters = 0;
    }
    this.#live.push(delivery);
    this.#liveCharacters += delivery.result.json.length;
    if (this.#live.length > MAX_QUEUE_EVENTS || this.#liveCharacters > MAX_QUEUE_CHARACTERS) {
      this.fail(this.#options.slow(this.#options.source.cursorOf(this.#given)));
      this.#options.onSlow();
    }
    this.#wake?.();
  }

  /** Ends with an error, after which nothing comes; what was still queued is dropped. */
  fail(error: GraphQLError): void {
    if (this.#last || this.#isOver) return;
    this.#last = new StreamResult({ errors: [error] });
    this.#drop();
    this.#wake?.();
  }

  /** What is there now; undefined when nothing is, or all is over. */
  take(): StreamResult | undefined {
    if (this.#isOver) return undefined;
    if (this.#last) {
      this.#end();
      return this.#last;
    }
    const delivery = this.#replayed.shift() ?? this.#takeLive();
    if (!delivery) return undefined;
    this.#given = delivery.position;
    return delivery.result;
  }

  /** Resolves when `take` may have something, or all is over. */
  async ready(): Promise<void> {
    if (this.#isOver || this.#last || this.#replayed.length > 0) return;
    if (!this.#hasCaughtUp) return this.#readOn();
    if (this.#live.length > 0) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  async next(): Promise<IteratorResult<StreamResult, void>> {
    while (!this.#isOver) {
      const value = this.take();
      if (value) return { value, done: false };
      await this.ready();
    }
    return { value: undefined, done: true };
  }

  return(): Promise<IteratorResult<StreamResult, void>> {
    this.#end();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(): Promise<IteratorResult<StreamResult, void>> {
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

  #takeLive(): Delivery | undefined {
    const delivery = this.#hasCaughtUp ? this.#live.shift() : undefined;
    if (delivery) this.#liveCharacters -= delivery.result.json.length;
    return delivery;
  }

  /** One round of what was missed. Whoever reads slowly here holds nothing but this round. */
  async #readOn(): Promise<void> {
    const { source, isTransient, executeChunk } = this.#options;
    const { signal } = this.#ending;
    try {
      const upTo = this.#hub ? this.#joinedAt : undefined;
      const page = await whileAway(() => source.read(this.#position, upTo), isTransient, signal);
      if (!page || signal.aborted) return;
      for (let start = 0; start < page.items.length; start += CHUNK_EVENTS) {
        const deliveries = await executeChunk(page.items.slice(start, start + CHUNK_EVENTS), signal);
        if (signal.aborted) return;
        this.#replayed.push(...deliveries);
      }
      this.#position = page.position;
      if (page.atHead && !this.#hub) this.#join();
    } catch (error) {
      this.fail(this.#options.errorOf(error));
    }
  }

  /** From here on the hub pushes what lies beyond both positions; up to there this subscriber reads itself. */
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
