import type { StreamSource } from '../../streams/source.ts';

/**
 * What the resolver of a subscription field returns. GraphQL requires an iterable; `subscribe` takes the source out
 * and reads it itself, so that every result keeps its position.
 */
export class SourceStream<Item> implements AsyncIterable<Item> {
  readonly source: StreamSource<Item>;

  constructor(source: StreamSource<Item>) {
    this.source = source;
  }

  [Symbol.asyncIterator](): AsyncIterator<Item> {
    throw new Error('A SourceStream is read through createSubscriptions().subscribe');
  }
}
