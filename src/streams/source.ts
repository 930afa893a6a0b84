import type { Audience } from './audience.ts';

/** An item and its position: later items have higher positions. */
export interface Positioned<Item> {
  readonly item: Item;
  readonly position: bigint;
}

/** Every item after the position it was read from, up to and including `position`, in order. */
export interface StreamPage<Item> {
  readonly items: readonly Positioned<Item>[];
  readonly position: bigint;
}

/**
 * What a stream reads from: a log that can be read from any position, and a page or a hint when it grows. A reader at
 * a position reads on from there, so nothing is lost between reading and following.
 */
export interface StreamSource<Item = unknown> {
  /** Sources of one key give the same items. */
  readonly key: string;
  /** Who is shown the same data for these items: only they share a rendering. */
  readonly audience: Audience;
  /** `every`: no item may be left out. `latest`: only the last one counts, those before it may be skipped. */
  readonly mode: 'every' | 'latest';
  /** Where this subscriber begins; exclusive. */
  readonly after: bigint;
  /** What a client sends to resume from a position; undefined where resuming has no meaning. */
  cursorOf(position: bigint): string | undefined;
  /** One page; `atHead` when there was nothing more. Reads no further than `upTo`. */
  read(after: bigint, upTo?: bigint): Promise<StreamPage<Item> & { readonly atHead: boolean }>;
  /** Calls with each page as it happens, with nothing missing between two, or without a page: then read. Returns the way to stop. */
  follow(listener: (page?: StreamPage<Item>) => void): () => void;
  /** Every item up to here has been given to those who follow; absent: only the items say how far the source is. */
  head?(): bigint;
}
