import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import type { Caller } from '../../domain/permissions.ts';
import type { Streams } from '../../streams/streams.ts';
import type { Subscriber } from '../../streams/subscriber.ts';
import { createExecutor } from './executor.ts';
import { formOf } from './form.ts';
import { SourceStream } from './source-stream.ts';
import { StreamResult } from './stream-result.ts';

export interface SubscriptionsOptions<Context> {
  readonly streams: Streams;
  readonly callerOf: (context: Context) => Caller;
  /** A new context for one chunk, with the permissions of `reader`. */
  readonly contextFor: (context: Context, reader: Caller) => Context;
  /** Ends the reader's connection unless it has taken everything that was sent; `sinceMs` is `performance.now()` at the end of the stream. */
  readonly cutOff: (context: Context, sinceMs: number) => void;
  /** The error that is shown to the client. */
  readonly mask: (error: GraphQLError) => GraphQLError;
}

export interface Subscriptions {
  /** Starts a subscription: its results, or why it cannot start. Never throws. */
  subscribe(args: ExecutionArgs): Promise<Subscriber<StreamResult> | ExecutionResult>;
}

/** GraphQL subscriptions over the shared streams: executes a document for each item of a source. */
export function createSubscriptions<Context>(options: SubscriptionsOptions<Context>): Subscriptions {
  const { streams, callerOf, contextFor, cutOff, mask } = options;

  function errorOf(error: unknown): GraphQLError {
    if (error instanceof GraphQLError) return mask(error);
    const originalError = error instanceof Error ? error : new Error(String(error));
    return mask(new GraphQLError(originalError.message, { originalError }));
  }

  return {
    subscribe: async (args) => {
      try {
        const stream = await createSourceEventStream(args);
        if (stream instanceof SourceStream) {
          const context = args.contextValue as Context;
          return streams.open({
            source: stream.source,
            caller: callerOf(context),
            form: formOf(args),
            rendererFor: (reader) =>
              createExecutor({ args, makeContext: () => contextFor(context, reader), mask }),
            lastOf: (error) => new StreamResult({ errors: [errorOf(error)] }),
            cutOff: (sinceMs) => cutOff(context, sinceMs),
          });
        }
        if (Symbol.asyncIterator in stream)
          throw new Error('A subscription field must return a SourceStream');
        return { ...stream, ...(stream.errors && { errors: stream.errors.map(mask) }) };
      } catch (error) {
        return { errors: [errorOf(error)] };
      }
    },
  };
}
