/** What the benchmark says to the processes it starts, each answered by one message back. */
export type ToServer =
  | { readonly say: 'cpu' }
  /** Garbage not counted. */
  | { readonly say: 'memory' }
  /** To the raw server: broadcasts `frame` as so many events, within one tick. */
  | { readonly say: 'fire'; readonly frame: string; readonly events: number };

export type ToClients =
  | {
      readonly say: 'connect';
      readonly url: string;
      readonly key: string;
      readonly query: string;
      readonly sockets: number;
    }
  /** Answered when all sockets together have had so many events since they connected; with how many they had. */
  | { readonly say: 'await'; readonly deliveries: number }
  /** Answered with how many sockets have had an event, how many events that were, and the last one's frame. */
  | { readonly say: 'count' };

export interface Count {
  readonly reached: number;
  readonly deliveries: number;
  readonly frame: string;
}
