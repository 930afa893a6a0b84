import type { ExecutionResult } from 'graphql';
import type { StreamResult } from '../graphql/streams/stream-result.ts';
import type { Subscriber } from '../streams/subscriber.ts';
import type { SocketWriter } from './socket-writer.ts';
import { textFrame } from './text-frame.ts';

const TAIL = Buffer.from('}');

/**
 * A subscription for graphql-ws to iterate. Its loop would cost three times as much as the writing, so results do not
 * pass through it: they are written here, from the text that all subscribers share, as fast as the socket accepts them.
 * graphql-ws gets only the end: an error, which it sends, or completion.
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
        // If the stream is over after a take, that was the final error and not a result.
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
