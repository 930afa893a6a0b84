import type { Payload, Topic } from './topics.ts';

export interface PubSubStatus {
  /** True while hints from other processes arrive. */
  readonly ok: boolean;
  /** What does not answer; for a person, free of secrets. */
  readonly detail?: string;
}

/**
 * Hints between the parts of a process and between processes: losing one costs time, never work.
 * Nothing here throws because a store is away, and no listener's failure reaches a publisher.
 */
export interface PubSub extends AsyncDisposable {
  /** Listeners of this process are called before it returns; other processes hear of it after the fact, gathered. */
  publish<Name extends Topic>(topic: Name, payload: Payload<Name>): void;

  /** Gives back the way to stop. The listener must be quick: it runs inside `publish`. */
  subscribe<Name extends Topic>(topic: Name, listener: (payload: Payload<Name>) => void): () => void;

  /** Called whenever hints from others arrive again after they may have been missed: whoever listens looks again. */
  onReconnect(listener: () => void): () => void;

  status(): PubSubStatus;
}
