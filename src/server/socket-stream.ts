import type { ExecutionResult } from 'graphql';
import type { StreamResult } from '../graphql/streams/stream-result.ts';
import type { Subscriber } from '../streams/subscriber.ts';
import type { SocketWriter } from './socket-writer.ts';
import { textFrame } from './text-frame.ts';

const TAIL = Buffer.from('}');

/**
 * A subscription as graphql-ws iterates it. The results never pass through that loop, which costs three times the
 * writing: they are written here, from the text that all subscribers share, as fast as the socket takes them. What
 * graphql-ws sees is the end: an error, which it sends, or completion.
 */
export function socketStream(
  subscriber: Subscriber<StreamResult>,
  writer: SocketWriter,
  id: string,
): AsyncGenerator<ExecutionResult, void, void> {
  const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  const done = { value: undefined, done: true } as const;
  return {
    next: async () => {
      while (!subscriber.isOver) {
        const result = subscriber.take();
        if (!result) {
          await subscriber.ready();
          continue;
        }
        // Over after a take: that was not a result but why the stream ends.
        if (subscriber.isOver) throw result.errors?.[0];
        const full = writer.writeFrame(textFrame([head, result.bytes, TAIL]));
        if (full) await full;
      }
      return done;
    },
    return: async () => {
      await subscriber.return();
      return done;
    },
    throw: async () => {
      await subscriber.return();
      return done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: () => subscriber[Symbol.asyncDispose](),
  };
}
