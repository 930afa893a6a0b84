import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Log } from '../../core/log.ts';
import { Listeners } from '../listeners.ts';
import type { PubSub } from '../port.ts';
import { decode } from './message.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';

export interface PostgresPubSubOptions {
  /** Where to listen, over one separate connection. */
  readonly url: string;
  /** The application's pool, for NOTIFY; the caller closes it. */
  readonly pool: pg.Pool;
  readonly log: Log;
  /** How often the listening connection is checked. */
  readonly heartbeatMs?: number;
}

/**
 * Wake-ups over LISTEN and NOTIFY. Resolves when it listens or when the first attempt failed; then it retries, and
 * `onReconnect` calls its listeners after success. Dispose it before the pool.
 */
export async function createPostgresPubSub(options: PostgresPubSubOptions): Promise<PubSub> {
  const { url, pool, log, heartbeatMs } = options;
  const processId = randomUUID();
  const listeners = new Listeners(log);
  const sender = new Sender(processId, pool, log);
  const receiver = new Receiver({
    url,
    log,
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
    onListening: () => listeners.reconnected(),
    onMessage: (text) => {
      const message = decode(text);
      if (!message) log.debug('unknown message on the NOTIFY channel ignored');
      else if (message.from !== processId) listeners.deliver(message.topic, message.payload);
    },
  });
  await receiver.firstAttempt;
  let isClosed = false;
  return {
    publish: (topic, payload) => {
      if (isClosed) return;
      listeners.deliver(topic, payload);
      sender.send(topic, payload);
    },
    subscribe: (topic, listener) => listeners.subscribe(topic, listener),
    onReconnect: (listener) => listeners.onReconnect(listener),
    status: () => receiver.status(),
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      listeners.clear();
      await sender.close();
      await receiver[Symbol.asyncDispose]();
    },
  };
}
