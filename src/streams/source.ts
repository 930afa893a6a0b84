import type { Audience } from './audience.ts';

/** An item and its position: later items have higher positions. */
export interface Positioned<Item> {
  readonly item: Item;
  readonly position: bigint;
}

/** All items after the start of the read, up to and including `position`, in order. */
export interface StreamPage<Item> {
  readonly items: readonly Positioned<Item>[];
  readonly position: bigint;
}

/**
 * The source of a stream: a log that can be read from any position and sends a page or a hint when it grows. A reader
 * continues from its position, so that nothing is lost between reading and following.
 */
export interface StreamSource<Item = unknown> {
  /** Sources with the same key have the same items. */
  readonly key: string;
  /** The callers that see the same data for these items; only they share a rendering. */
  readonly audience: Audience;
  /** `every`: all items are sent. `latest`: only the last one matters, earlier ones may be skipped. */
  readonly mode: 'every' | 'latest';
  /** The start position of this subscriber; exclusive. */
  readonly after: bigint;
  /** The cursor to resume from a position; undefined if resuming has no meaning. */
  cursorOf(position: bigint): string | undefined;
  /** One page; `atHead` if there are no more items. Reads no further than `upTo`. */
  read(after: bigint, upTo?: bigint): Promise<StreamPage<Item> & { readonly atHead: boolean }>;
  /** Calls back with each new page, without gaps, or without a page as a hint to read. Returns the way to stop. */
  follow(listener: (page?: StreamPage<Item>) => void): () => void;
  /** Every item up to here was sent to the followers. Absent: only the items show the position of the source. */
  head?(): bigint;
}
