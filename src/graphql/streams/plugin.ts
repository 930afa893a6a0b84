import type { Plugin } from 'graphql-yoga';
import type { Subscriptions } from './subscriptions.ts';

/** Makes Yoga's own transport, SSE, use the same shared executions and bounded queues as the WebSockets. */
export function useSharedSubscriptions(subscriptions: Subscriptions): Plugin {
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn((args) => subscriptions.subscribe(args));
    },
  };
}
