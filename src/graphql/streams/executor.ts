import { type ExecutionArgs, execute, GraphQLError } from 'graphql';
import { isDatabaseAway } from '../../core/database-away.ts';
import type { Delivery, Renderer } from '../../streams/render.ts';
import type { Positioned } from '../../streams/source.ts';
import { whileAway } from '../../streams/while-away.ts';
import { StreamResult } from './stream-result.ts';

export interface ExecutorOptions {
  /** The operation; each chunk gets a new `contextValue`. */
  readonly args: ExecutionArgs;
  /** Creates a context with new loaders: what an earlier chunk has read is out of date. */
  readonly makeContext: () => unknown;
  /** The error that is shown to the client. */
  readonly mask: (error: GraphQLError) => GraphQLError;
}

/** Renders items by executing the operation once for each, all of a chunk together. */
export function createExecutor({
  args,
  makeContext,
  mask,
}: ExecutorOptions): Renderer<unknown, StreamResult> {
  function delivery(position: bigint, result: StreamResult): Delivery<StreamResult> {
    return { position, result, characters: result.json.length };
  }
  async function once(items: readonly Positioned<unknown>[]): Promise<Delivery<StreamResult>[]> {
    const contextValue = makeContext();
    const results = await Promise.all(
      items.map(({ item }) => execute({ ...args, rootValue: item, contextValue })),
    );
    return results.map((result, index) => {
      const away = result.errors?.find(({ originalError }) => isDatabaseAway(originalError));
      if (away) throw away.originalError;
      const shown = result.errors ? { ...result, errors: result.errors.map(mask) } : result;
      return delivery(items[index]?.position ?? 0n, new StreamResult(shown));
    });
  }
  /** An item that cannot be executed must not block the following ones: it is sent once, as an error. */
  function failed(items: readonly Positioned<unknown>[], error: unknown): Delivery<StreamResult>[] {
    const originalError = error instanceof Error ? error : new Error(String(error));
    const errors = [mask(new GraphQLError(originalError.message, { originalError }))];
    return items.map(({ position }) => delivery(position, new StreamResult({ errors })));
  }
  return {
    render: async (items, signal) => {
      try {
        return (await whileAway(() => once(items), signal)) ?? [];
      } catch (error) {
        return failed(items, error);
      }
    },
  };
}
