import type { Payload, Topic } from './topics.ts';

export interface PubSubStatus {
  /** True while wake-ups from other processes arrive. */
  readonly ok: boolean;
  /** What does not answer; for operators, free of secrets. */
  readonly detail?: string;
}

/**
 * Wake-ups between the parts of a process and between processes: losing one costs time, never work.
 * Nothing here throws because a store is away, and no listener's failure reaches a publisher.
 */
export interface PubSub extends AsyncDisposable {
  /** Listeners of this process are called before it returns; other processes get it later, gathered. */
  publish<Name extends Topic>(topic: Name, payload: Payload<Name>): void;

  /** Gives back the way to stop. The listener must be quick: it runs inside `publish`. */
  subscribe<Name extends Topic>(topic: Name, listener: (payload: Payload<Name>) => void): () => void;

  /** Called whenever wake-ups from others arrive again after some may have been missed: the listener looks again. */
  onReconnect(listener: () => void): () => void;

  status(): PubSubStatus;
}
