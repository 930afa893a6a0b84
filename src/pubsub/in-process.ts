import type { Log } from '../core/log.ts';
import { Listeners } from './listeners.ts';
import type { PubSub } from './port.ts';

/** For a single process: no wake-up is missed, so `onReconnect` never calls its listener. */
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
