import { OperationError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Caller } from '../domain/permissions.ts';
import { Hub } from './hub.ts';
import type { Renderer } from './render.ts';
import type { StreamSource } from './source.ts';
import { Subscriber } from './subscriber.ts';

/** A slow reader's connection is closed if it has not read all data this long after its stream ended. */
const SLOW_CUT_OFF_MS = 5_000;
/** The same after the end of a key: the caller must not read any more after 5 s. */
const REVOKED_CUT_OFF_MS = 3_000;

export interface StreamsOptions {
  /** Calls `onEnd` once when the caller may no longer read; returns the way to stop. */
  readonly watchKey: (caller: Caller, onEnd: (reason: string) => void) => () => void;
  readonly log: Log;
}

interface OpenOptions<Result> {
  readonly source: StreamSource;
  readonly caller: Caller;
  /**
   * Equal for streams that render an item in the same way: within an audience of a source they share one rendering.
   * Undefined: the rendering depends on the individual caller and is not shared.
   */
  readonly form: string | undefined;
  /** Renders what `reader` may see: the caller, or the reader of the audience if the rendering is shared. */
  readonly rendererFor: (reader: Caller) => Renderer<unknown, Result>;
  /** The last message to the client if the stream ends with `error`. */
  readonly lastOf: (error: unknown) => Result;
  /** Ends the connection unless everything was read; `sinceMs` is `performance.now()` at the stream's end. */
  readonly cutOff: (sinceMs: number) => void;
}

export interface Streams extends AsyncDisposable {
  /** Starts a stream: first missed items, then live ones. Throws `UNAVAILABLE` if the server is stopping. */
  open<Result>(options: OpenOptions<Result>): Subscriber<Result>;
  /** For tests and measurements: the current streams, and the number of rendered items. */
  counts(): { readonly subscribers: number; readonly hubs: number; readonly executions: number };
}

/** The streams of every API: shares renderings between subscribers, and ends streams of slow or revoked readers. */
export function createStreams({ watchKey, log }: StreamsOptions): Streams {
  const hubs = new Map<string, Hub<unknown>>();
  const subscribers = new Set<Subscriber<unknown>>();
  let executions = 0;
  let isStopping = false;

  function counted<Result>(renderer: Renderer<unknown, Result>): Renderer<unknown, Result> {
    return {
      render: (items, signal) => {
        executions += items.length;
        return renderer.render(items, signal);
      },
    };
  }

  /** The shared hub, created at `position` if there is none; a separate hub for a stream that is not shared. */
  function hubAt<Result>(position: bigint, options: OpenOptions<Result>): Hub<Result> {
    const { source, caller, form, rendererFor } = options;
    if (form === undefined) {
      const renderer = counted(rendererFor(caller));
      return new Hub(position, { source, renderer, log, onEmpty: () => undefined });
    }
    const { audience } = source;
    const key = JSON.stringify([source.key, audience.key, form]);
    // The form identifies the API that renders, and so the type of its results.
    const existing = hubs.get(key) as Hub<Result> | undefined;
    if (existing) return existing;
    const renderer = counted(rendererFor(audience.reader));
    const hub = new Hub(position, { source, renderer, log, onEmpty: () => hubs.delete(key) });
    hubs.set(key, hub as Hub<unknown>);
    return hub;
  }

  return {
    open: (options) => {
      if (isStopping)
        throw new OperationError('UNAVAILABLE', 'The server is stopping; connect again and resume.');
      const { source, caller, rendererFor, lastOf, cutOff } = options;
      const cutOffAfter = (delayMs: number): void => {
        const sinceMs = performance.now();
        setTimeout(() => cutOff(sinceMs), delayMs).unref();
      };
      const subscriber = new Subscriber({
        source,
        ownRenderer: () => counted(rendererFor(caller)),
        hubAt: (position) => hubAt(position, options),
        lastOf,
        slow: (cursor) =>
          new OperationError(
            'SLOW_CONSUMER',
            'The stream was not read fast enough; resume after the last item received.',
            { ...(cursor !== undefined && { resumeAfter: cursor }) },
          ),
        onSlow: () => cutOffAfter(SLOW_CUT_OFF_MS),
        onEnd: () => {
          subscribers.delete(subscriber);
          stopWatching();
        },
      });
      subscribers.add(subscriber);
      const stopWatching = watchKey(caller, (reason) => {
        subscriber.fail(new OperationError('UNAUTHENTICATED', reason));
        cutOffAfter(REVOKED_CUT_OFF_MS);
      });
      return subscriber;
    },
    counts: () => ({ subscribers: subscribers.size, hubs: hubs.size, executions }),
    [Symbol.asyncDispose]: async () => {
      isStopping = true;
      for (const subscriber of [...subscribers]) {
        subscriber.fail(
          new OperationError('UNAVAILABLE', 'The server is stopping; connect again and resume.'),
        );
      }
      // The transports write it in earlier microtasks; after this they may close.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
