import { onAnyAbort } from '../../core/abort.ts';
import { monotonicMs } from '../../core/clock.ts';
import { OperationError } from '../../core/errors.ts';
import type { EventFilter } from '../../domain/filters.ts';
import type { Caller } from '../../domain/permissions.ts';
import { EventFeed } from '../../streams/log/feed.ts';
import { problemBody, toProblem } from '../problems/problem.ts';
import type { RestServices } from '../services.ts';
import { presentEvent } from './presented.ts';

export const EVENT_STREAM = 'text/event-stream';
const HEARTBEAT_MS = 15_000;
/** Whoever has taken nothing for this long is cut off; what was sent waits in buffers that are not ours. */
const STALLED_MS = 60_000;
/** What is still unsent when a stream must end is cut off after this. */
const CUT_OFF_MS = 3_000;

export interface EventStreamOptions {
  readonly services: RestServices;
  readonly caller: Caller;
  readonly filter: EventFilter;
  readonly after: bigint;
  /** One aborts when the client is gone or the server stops. */
  readonly signals: readonly AbortSignal[];
  readonly requestId: string;
  readonly instance: string;
}

/**
 * Server-sent events: what was missed, then what happens. The id of each is its cursor, which a client sends back as
 * `Last-Event-ID`; it is told first, so that nothing is lost before the first event either. A comment comes when
 * nothing else does. It ends with an event `problem` when the key does, or when something goes wrong.
 */
export function eventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const { services, caller, filter, after, signals, requestId, instance } = options;
  const encoder = new TextEncoder();
  let feed: EventFeed | undefined;
  let release = (): void => undefined;
  let last: string | undefined;
  let isPulled = false;
  let isReleased = false;
  let idleSinceMs = monotonicMs();

  const lastWords = (error: unknown): string => {
    const problem = toProblem(error, services.logger, requestId);
    return `event: problem\ndata: ${JSON.stringify(problemBody(problem, instance, requestId))}\n\n`;
  };

  /** Nothing is held before the first pull: a HEAD never pulls. */
  function begin(controller: ReadableStreamDefaultController<Uint8Array>): EventFeed {
    const begun = new EventFeed(services.log, filter, after);
    const cut = (): void => {
      release();
      try {
        controller.error(new Error('the reader was cut off'));
      } catch {
        // it was closed meanwhile
      }
    };
    const end = (words: string): void => {
      last ??= words;
      begun.end();
      if (!isPulled) setTimeout(cut, CUT_OFF_MS).unref();
    };
    const onAbort = (): void => end(': the server stops\n\n');
    const stopWatching = services.watchKey(caller, (reason) =>
      end(lastWords(new OperationError('UNAUTHENTICATED', reason))),
    );
    const watchdog = setInterval(() => {
      if (!isPulled && monotonicMs() - idleSinceMs > STALLED_MS) cut();
    }, HEARTBEAT_MS);
    watchdog.unref();
    const stopListening = onAnyAbort(signals, onAbort);
    release = () => {
      isReleased = true;
      begun.end();
      stopWatching();
      clearInterval(watchdog);
      stopListening();
    };
    if (signals.some(({ aborted }) => aborted)) onAbort();
    return begun;
  }

  async function chunk(controller: ReadableStreamDefaultController<Uint8Array>): Promise<string> {
    if (!feed) {
      feed = begin(controller);
      return `id: ${after}\n: from here on\n\n`;
    }
    const events = await feed.next(HEARTBEAT_MS);
    if (last !== undefined) return last;
    if (events.length === 0) return `id: ${feed.position}\n: nothing new\n\n`;
    return events
      .map((event) => `id: ${event.position}\ndata: ${JSON.stringify(presentEvent(event))}\n\n`)
      .join('');
  }

  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        isPulled = true;
        let text: string;
        try {
          text = await chunk(controller);
        } catch (error) {
          text = lastWords(error);
          last = text;
        }
        isPulled = false;
        idleSinceMs = monotonicMs();
        if (isReleased) return;
        controller.enqueue(encoder.encode(text));
        if (last === undefined) return;
        release();
        controller.close();
      },
      cancel: () => release(),
    },
    { highWaterMark: 0 },
  );
}
