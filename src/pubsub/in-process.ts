import type { Log } from '../core/log.ts';
import { Listeners } from './listeners.ts';
import type { PubSub } from './port.ts';

/** For one process alone: nothing is ever missed, so `onReconnect` never calls. */
export function createInProcessPubSub(log: Log): PubSub {
  const listeners = new Listeners(log);
  let isClosed = false;
  return {
    publish: (topic, payload) => {
      if (!isClosed) listeners.deliver(topic, payload);
    },
    subscribe: (topic, listener) => listeners.subscribe(topic, listener),
    onReconnect: (listener) => listeners.onReconnect(listener),
    status: () => ({ ok: true }),
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      listeners.clear();
    },
  };
}
