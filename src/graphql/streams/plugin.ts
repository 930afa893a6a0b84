import type { Plugin } from 'graphql-yoga';
import type { Subscriptions } from './subscriptions.ts';

/** Has Yoga's own transport, SSE, read from the same shared executions and bounded queues as the sockets. */
export function useSharedSubscriptions(subscriptions: Subscriptions): Plugin {
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn((args) => subscriptions.subscribe(args));
    },
  };
}
