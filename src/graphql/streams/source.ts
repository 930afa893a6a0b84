/** Something that happened, and where: later things have higher positions. */
export interface Positioned<Item> {
  readonly item: Item;
  readonly position: bigint;
}

/** Every item after the place it was asked for, up to and with `position`, in order. */
export interface StreamPage<Item> {
  readonly items: readonly Positioned<Item>[];
  readonly position: bigint;
}

/**
 * What a subscription reads from: a record that can be read from any place, and a hint or a page when it grows.
 * Whoever stands at a position reads on from there, so nothing is lost between reading and following.
 */
export interface StreamSource<Item = unknown> {
  /** Sources of one key give the same items. */
  readonly key: string;
  /** `every`: nothing may be left out. `latest`: only the last one counts, those before it may be skipped. */
  readonly mode: 'every' | 'latest';
  /** Where this subscriber begins; exclusive. */
  readonly after: bigint;
  /** What a subscriber gives as `after` to go on from a position; undefined where there is nothing to go on from. */
  cursorOf(position: bigint): string | undefined;
  /** One page; `atHead` when nothing more was there. Reads no further than `upTo`. */
  read(after: bigint, upTo?: bigint): Promise<StreamPage<Item> & { readonly atHead: boolean }>;
  /** Calls with each page as it happens, without a hole between two, or with nothing: then read. Gives back the way to stop. */
  follow(listener: (page?: StreamPage<Item>) => void): () => void;
}

/**
 * What the resolver of a subscription field returns. It is an iterable because GraphQL wants one; `subscribe` of
 * `streams.ts` takes the source out and iterates itself, so that every result keeps its position.
 */
export class SourceStream<Item> implements AsyncIterable<Item> {
  readonly source: StreamSource<Item>;

  constructor(source: StreamSource<Item>) {
    this.source = source;
  }

  [Symbol.asyncIterator](): AsyncIterator<Item> {
    throw new Error('A stream is read through createStreams().subscribe');
  }
}
