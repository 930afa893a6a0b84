import type { Log } from '../core/log.ts';
import type { Payload, Topic } from './topics.ts';

type Listener = (payload: never) => void;

/** The listeners of one process. */
export class Listeners {
  readonly #byTopic = new Map<Topic, Set<Listener>>();
  readonly #onReconnect = new Set<() => void>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  subscribe<Name extends Topic>(topic: Name, listener: (payload: Payload<Name>) => void): () => void {
    // Each call is its own subscription, even with the same function.
    const own: Listener = (payload) => listener(payload);
    let listeners = this.#byTopic.get(topic);
    if (!listeners) {
      listeners = new Set();
      this.#byTopic.set(topic, listeners);
    }
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  onReconnect(listener: () => void): () => void {
    const own = (): void => listener();
    this.#onReconnect.add(own);
    return () => void this.#onReconnect.delete(own);
  }

  /** Calls every listener of the topic. An error is logged and does not stop the others. */
  deliver<Name extends Topic>(topic: Name, payload: Payload<Name>): void {
    for (const listener of this.#byTopic.get(topic) ?? []) {
      this.#call(topic, () => listener(payload as never));
    }
  }

  reconnected(): void {
    for (const listener of this.#onReconnect) this.#call('reconnect', listener);
  }

  clear(): void {
    this.#byTopic.clear();
    this.#onReconnect.clear();
  }

  #call(topic: string, listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#log.error({ err: error, topic }, 'pub/sub listener failed');
    }
  }
}
