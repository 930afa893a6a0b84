import { onAnyAbort } from '../../core/abort.ts';
import { monotonicMs } from '../../core/clock.ts';
import type { Renderer } from '../../streams/render.ts';
import type { StreamSource } from '../../streams/source.ts';
import type { Subscriber } from '../../streams/subscriber.ts';
import type { AnyCall, Reply } from '../contract/endpoint.ts';
import { problemBody, toProblem } from '../problems/problem.ts';
import type { RestServices } from '../services.ts';

export const EVENT_STREAM = 'text/event-stream';
const HEARTBEAT_MS = 15_000;
/** A client that has read nothing for this long is disconnected; sent data waits in buffers of the operating system. */
const STALLED_MS = 60_000;
/** When the server stops, clients that still have unsent data after this time are disconnected. */
const CUT_OFF_MS = 3_000;
/** Waiting events are sent together, in pieces of about this size. */
const PIECE_CHARACTERS = 64 * 1024;
/** All streams of this API show the same source in the same form. */
const FORM = 'rest';

export type StreamServices = Pick<RestServices, 'streams' | 'logger'>;

/** The position after which a stream begins: the header of a client that reconnects, else the query parameter. */
export function resumeFrom(call: AnyCall): string | undefined {
  return call.headers['last-event-id'] || call.query.cursor;
}

/** The response that streams a source, with each item as `present` returns it. */
export function streamReply<Item>(
  services: StreamServices,
  call: AnyCall,
  source: StreamSource<Item>,
  present: (item: Item) => unknown,
): Reply {
  return {
    status: 200,
    // A proxy that buffers would hold the events back.
    headers: { 'x-accel-buffering': 'no' },
    stream: { type: EVENT_STREAM, body: eventStream(services, call, source, present) },
  };
}

/**
 * Server-sent events: first missed events, then live ones. The id of each is its cursor, which a client sends back as
 * `Last-Event-ID`. The first message is the id alone, so that a client that disconnects before the first event loses
 * nothing. After 15 s without an event a comment is sent, with the position reached. The stream ends with an event
 * `problem` when the key expires or is revoked, when the client reads too slowly, or when something fails.
 */
function eventStream<Item>(
  { streams, logger }: StreamServices,
  { caller, signals, requestId, url }: AnyCall,
  source: StreamSource<Item>,
  present: (item: Item) => unknown,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let subscriber: Subscriber<string> | undefined;
  let release = (): void => undefined;
  let wake: (() => void) | undefined;
  let isGettingReady = false;
  let isStopping = false;
  let isPulled = false;
  /** The client has disconnected or was disconnected: nothing can be written. */
  let isGone = false;
  let idleSinceMs = monotonicMs();

  const renderer: Renderer<Item, string> = {
    render: async (items) =>
      items.map(({ item, position }) => {
        const result = `id: ${source.cursorOf(position)}\ndata: ${JSON.stringify(present(item))}\n\n`;
        return { position, result, characters: result.length };
      }),
  };

  function lastOf(error: unknown): string {
    const problem = toProblem(error, logger, requestId);
    return `event: problem\ndata: ${JSON.stringify(problemBody(problem, url.pathname, requestId))}\n\n`;
  }

  function cut(controller: ReadableStreamDefaultController<Uint8Array>): void {
    isGone = true;
    release();
    try {
      controller.error(new Error('The client was disconnected'));
    } catch {
      // It was already closed.
    }
  }

  /** Called at the first pull, so that a HEAD, which never pulls, uses no resources. */
  function begin(controller: ReadableStreamDefaultController<Uint8Array>): Subscriber<string> {
    const begun = streams.open({
      source,
      caller,
      form: FORM,
      rendererFor: () => renderer as Renderer<unknown, string>,
      lastOf,
      cutOff: () => cut(controller),
    });
    const onAbort = (): void => {
      isStopping = true;
      void begun.return();
      setTimeout(() => cut(controller), CUT_OFF_MS).unref();
    };
    const watchdog = setInterval(() => {
      if (!isPulled && monotonicMs() - idleSinceMs > STALLED_MS) cut(controller);
    }, HEARTBEAT_MS);
    watchdog.unref();
    const stopListening = onAnyAbort(signals, onAbort);
    release = () => {
      void begun.return();
      clearInterval(watchdog);
      stopListening();
    };
    if (signals.some(({ aborted }) => aborted)) onAbort();
    return begun;
  }

  /** Waits for the subscriber, at most `delayMs`. If the time ends first, the next call continues the same wait. */
  function readyWithin(of: Subscriber<string>, delayMs: number): Promise<void> {
    if (!isGettingReady) {
      isGettingReady = true;
      void of.ready().then(() => {
        isGettingReady = false;
        wake?.();
      });
    }
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function takeWaiting(from: Subscriber<string>): string {
    let text = '';
    while (text.length < PIECE_CHARACTERS) {
      const next = from.take();
      if (next === undefined) break;
      text += next;
    }
    return text;
  }

  async function nextText(from: Subscriber<string>): Promise<string> {
    const untilMs = monotonicMs() + HEARTBEAT_MS;
    while (true) {
      const text = takeWaiting(from);
      if (text !== '') return text;
      if (from.isOver) return isStopping ? ': the server is stopping\n\n' : '';
      const leftMs = untilMs - monotonicMs();
      if (leftMs <= 0) return `id: ${source.cursorOf(from.reached)}\n: nothing new\n\n`;
      await readyWithin(from, leftMs);
    }
  }

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    isPulled = true;
    let text: string;
    if (subscriber) {
      text = await nextText(subscriber);
    } else {
      try {
        subscriber = begin(controller);
        text = `id: ${source.cursorOf(source.after)}\n: from here on\n\n`;
      } catch (error) {
        text = lastOf(error);
      }
    }
    isPulled = false;
    idleSinceMs = monotonicMs();
    if (isGone) return;
    if (text !== '') controller.enqueue(encoder.encode(text));
    if (subscriber && !subscriber.isOver) return;
    release();
    controller.close();
  }

  return new ReadableStream<Uint8Array>(
    {
      pull,
      cancel: () => {
        isGone = true;
        release();
      },
    },
    { highWaterMark: 0 },
  );
}
