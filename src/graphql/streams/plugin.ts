import type { Plugin } from 'graphql-yoga';
import type { Streams } from './streams.ts';

/** Has Yoga's own transport, SSE, read from the same shared executions and bounded queues as the sockets. */
export function useSharedSubscriptions(streams: Streams): Plugin {
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn((args) => streams.subscribe(args));
    },
  };
}
