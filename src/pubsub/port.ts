import type { Payload, Topic } from './topics.ts';

export interface PubSubStatus {
  /** True while wake-ups from other processes can arrive. */
  readonly ok: boolean;
  /** The problem, for operators; without secrets. */
  readonly detail?: string;
}

/**
 * Wake-ups within a process and between processes. A lost wake-up delays work but never loses it.
 * No method throws because a store cannot be reached, and no listener's error reaches a publisher.
 */
export interface PubSub extends AsyncDisposable {
  /** Calls the listeners of this process before it returns; other processes get the message later, in a batch. */
  publish<Name extends Topic>(topic: Name, payload: Payload<Name>): void;

  /** Returns the way to unsubscribe. The listener must be quick, because it runs inside `publish`. */
  subscribe<Name extends Topic>(topic: Name, listener: (payload: Payload<Name>) => void): () => void;

  /** Calls the listener after a gap in which wake-ups may have been missed, so that it looks for work again. */
  onReconnect(listener: () => void): () => void;

  status(): PubSubStatus;
}
