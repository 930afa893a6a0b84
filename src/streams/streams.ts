import { OperationError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Caller } from '../domain/permissions.ts';
import { Hub } from './hub.ts';
import type { Renderer } from './render.ts';
import type { StreamSource } from './source.ts';
import { Subscriber } from './subscriber.ts';

/** What a slow reader has not taken this long after its stream ended is cut off. */
const SLOW_CUT_OFF_MS = 5_000;
/** A caller whose key ended may read nothing more within 5 s, so what is unsent is cut off sooner. */
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
   * Equal for streams that show an item in the same way, whoever asks: they share one rendering within an audience of
   * a source. Undefined: what is shown depends on the caller's person, and nothing is shared.
   */
  readonly form: string | undefined;
  /** Renders as `reader` sees it: the caller, or the reader of the audience when the rendering is shared. */
  readonly rendererFor: (reader: Caller) => Renderer<unknown, Result>;
  /** What the client is sent last when the stream ends with `error`. */
  readonly lastOf: (error: unknown) => Result;
  /** Ends the connection unless all that was sent has been taken; `sinceMs` is `performance.now()` of the stream's end. */
  readonly cutOff: (sinceMs: number) => void;
}

export interface Streams extends AsyncDisposable {
  /** Starts a stream: first what was missed, then what happens. Throws `UNAVAILABLE` when the server is stopping. */
  open<Result>(options: OpenOptions<Result>): Subscriber<Result>;
  /** For tests and measurements: what runs now, and how many items were rendered so far. */
  counts(): { readonly subscribers: number; readonly hubs: number; readonly executions: number };
}

/** The streams of every API: joins the subscribers who see the same, and ends those who may not or do not read on. */
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

  /** The hub of those who see the same, made at `position` when there is none yet; one of its own for what is not shared. */
  function hubAt<Result>(position: bigint, options: OpenOptions<Result>): Hub<Result> {
    const { source, caller, form, rendererFor } = options;
    if (form === undefined) {
      const renderer = counted(rendererFor(caller));
      return new Hub(position, { source, renderer, log, onEmpty: () => undefined });
    }
    const { audience } = source;
    const key = JSON.stringify([source.key, audience.key, form]);
    // The form says which API renders, and so what its results are.
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
      // The transports write it in the microtasks before this; after it they may close.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
