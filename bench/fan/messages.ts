/** Messages from the benchmark to the processes it starts; each is answered by one message. */
export type ToServer =
  | { readonly say: 'cpu' }
  /** Memory after a garbage collection. */
  | { readonly say: 'memory' }
  /** For the raw server: broadcasts `frame` as this many events, within one tick. */
  | { readonly say: 'fire'; readonly frame: string; readonly events: number };

export type ToClients =
  | {
      readonly say: 'connect';
      readonly url: string;
      readonly key: string;
      readonly query: string;
      readonly sockets: number;
    }
  /** Answered with `Count` when all sockets together have received this many events since they connected. */
  | { readonly say: 'await'; readonly deliveries: number }
  /** Answered at once: sockets that have received an event, number of events, and the last frame. */
  | { readonly say: 'count' };

export interface Count {
  readonly reached: number;
  readonly deliveries: number;
  readonly frame: string;
}
