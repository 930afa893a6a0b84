import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import { OperationError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { createExecutor, type ExecuteChunk } from './executor.ts';
import { Hub } from './hub.ts';
import { shareKey } from './share-key.ts';
import { SourceStream, type StreamSource } from './source.ts';
import { Subscriber } from './subscriber.ts';

/** What a slow reader has not taken this long after it was told is cut off. */
const CUT_OFF_MS = 5_000;

export interface StreamsOptions<Context> {
  /** Callers of the same text are shown the same. */
  readonly rightsOf: (context: Context) => string;
  /** A fresh context for one page: the caller's own, or one that holds the rights and no person. */
  readonly contextFor: (context: Context, use: 'own' | 'shared') => Context;
  /** Calls `onEnd` once when the caller may no longer read; gives back the way to stop. */
  readonly watch: (context: Context, onEnd: (reason: string) => void) => () => void;
  /** Ends the reader's connection unless all that was sent has been taken; `sinceMs` is `performance.now()` of the moment it was told. */
  readonly cutOff: (context: Context, sinceMs: number) => void;
  /** An error as it may be shown. */
  readonly mask: (error: GraphQLError) => GraphQLError;
  /** True when the database was away: what failed is tried again. */
  readonly isTransient: (error: unknown) => boolean;
  readonly log: Log;
}

export interface Streams extends AsyncDisposable {
  /** Starts a subscription: its results, or why it cannot be. Never throws. */
  subscribe(args: ExecutionArgs): Promise<Subscriber | ExecutionResult>;
  /** For whoever wants to know what runs. */
  counts(): { readonly subscribers: number; readonly hubs: number; readonly executions: number };
}

/** Joins the subscribers who see the same. */
export function createStreams<Context>(options: StreamsOptions<Context>): Streams {
  const { mask, isTransient, log } = options;
  const hubs = new Map<string, Hub>();
  const subscribers = new Set<Subscriber>();
  let executions = 0;
  let isStopping = false;

  function errorOf(error: unknown): GraphQLError {
    if (error instanceof GraphQLError) return mask(error);
    const originalError = error instanceof Error ? error : new Error(String(error));
    return mask(new GraphQLError(originalError.message, { originalError }));
  }

  function ended(code: OperationError['code'], message: string, extensions = {}): GraphQLError {
    return errorOf(new OperationError(code, message, extensions));
  }

  function executorOf(args: ExecutionArgs, use: 'own' | 'shared'): ExecuteChunk {
    const context = args.contextValue as Context;
    return createExecutor({
      args,
      makeContext: () => options.contextFor(context, use),
      mask,
      isTransient,
      onExecuted: (count) => {
        executions += count;
      },
    });
  }

  function hubFor(args: ExecutionArgs, source: StreamSource): (position: bigint) => Hub {
    const shared = shareKey({
      document: args.document,
      operationName: args.operationName,
      variableValues: args.variableValues,
      rights: options.rightsOf(args.contextValue as Context),
    });
    const key = shared && `${shared} ${source.key}`;
    return (position) => {
      const existing = key === undefined ? undefined : hubs.get(key);
      if (existing) return existing;
      const executeChunk = executorOf(args, key === undefined ? 'own' : 'shared');
      const onEmpty = (): void => {
        if (key !== undefined) hubs.delete(key);
      };
      const hub = new Hub(position, { source, executeChunk, isTransient, log, onEmpty });
      if (key !== undefined) hubs.set(key, hub);
      return hub;
    };
  }

  function startReading(args: ExecutionArgs, source: StreamSource): Subscriber {
    const context = args.contextValue as Context;
    const cutOffLater = (): void => {
      const sinceMs = performance.now();
      setTimeout(() => options.cutOff(context, sinceMs), CUT_OFF_MS).unref();
    };
    const subscriber = new Subscriber({
      source,
      executeChunk: executorOf(args, 'own'),
      hubAt: hubFor(args, source),
      isTransient,
      errorOf,
      slow: (cursor) =>
        ended(
          'SLOW_CONSUMER',
          'What happened was not taken fast enough: subscribe again after `resumeAfter`.',
          {
            ...(cursor !== undefined && { resumeAfter: cursor }),
          },
        ),
      onSlow: cutOffLater,
      onEnd: () => {
        subscribers.delete(subscriber);
        stopWatching();
      },
    });
    subscribers.add(subscriber);
    const stopWatching = options.watch(context, (reason) => {
      subscriber.fail(ended('UNAUTHENTICATED', reason));
      cutOffLater();
    });
    return subscriber;
  }

  return {
    subscribe: async (args) => {
      try {
        if (isStopping) throw new OperationError('UNAVAILABLE', 'The server is stopping: subscribe again.');
        const stream = await createSourceEventStream(args);
        if (stream instanceof SourceStream) return startReading(args, stream.source);
        if (Symbol.asyncIterator in stream) throw new Error('a subscription field that is no SourceStream');
        return { ...stream, ...(stream.errors && { errors: stream.errors.map(mask) }) };
      } catch (error) {
        return { errors: [errorOf(error)] };
      }
    },
    counts: () => ({ subscribers: subscribers.size, hubs: hubs.size, executions }),
    [Symbol.asyncDispose]: async () => {
      isStopping = true;
      for (const subscriber of [...subscribers]) {
        subscriber.fail(ended('UNAVAILABLE', 'The server is stopping: subscribe again where you left off.'));
      }
      // The transports write it in the microtasks before this; after it they may close.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
