import { type ExecutionArgs, execute, GraphQLError } from 'graphql';
import { sleep } from '../../core/clock.ts';
import { backoffDelayMs } from '../../core/retry.ts';
import { type Delivery, StreamResult } from './delivery.ts';
import type { Positioned } from './source.ts';

/** Events of one chunk load together, and no more than this lie in memory at once for one execution. */
export const CHUNK_EVENTS = 100;
const AWAY_BACKOFF = { firstDelayMs: 50, maxDelayMs: 2_000 };

export interface ExecutorOptions {
  /** The operation; `contextValue` is made afresh for each chunk. */
  readonly args: ExecutionArgs;
  /** Fresh loaders each time: what an earlier chunk read is old by now. */
  readonly makeContext: () => unknown;
  /** An error as it may be shown. */
  readonly mask: (error: GraphQLError) => GraphQLError;
  /** True when the database was away: the chunk is tried again rather than shown as failed. */
  readonly isTransient: (error: unknown) => boolean;
  readonly onExecuted?: (count: number) => void;
}

export type ExecuteChunk = (
  items: readonly Positioned<unknown>[],
  signal: AbortSignal,
) => Promise<Delivery[]>;

/** Calls `action` until it does not fail for want of the database; undefined when `signal` ends it. */
export async function whileAway<T>(
  action: () => Promise<T>,
  isTransient: (error: unknown) => boolean,
  signal: AbortSignal,
): Promise<T | undefined> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (!isTransient(error)) throw error;
      await sleep(backoffDelayMs(attempt, AWAY_BACKOFF), signal);
    }
  }
  return undefined;
}

/** Executes the operation once for each item, together, and gives the results in order; none when `signal` ends it. */
export function createExecutor(options: ExecutorOptions): ExecuteChunk {
  async function once(items: readonly Positioned<unknown>[]): Promise<Delivery[]> {
    const contextValue = options.makeContext();
    const results = await Promise.all(
      items.map(({ item }) => execute({ ...options.args, rootValue: item, contextValue })),
    );
    return results.map((result, index) => {
      const away = result.errors?.find(
        ({ originalError }) => originalError && options.isTransient(originalError),
      );
      if (away) throw away.originalError;
      const shown = result.errors ? { ...result, errors: result.errors.map(options.mask) } : result;
      return { position: items[index]?.position ?? 0n, result: new StreamResult(shown) };
    });
  }
  /** What cannot be shown must not hold up what follows: it is given as an error, once. */
  function failed(items: readonly Positioned<unknown>[], error: unknown): Delivery[] {
    const originalError = error instanceof Error ? error : new Error(String(error));
    const errors = [options.mask(new GraphQLError(originalError.message, { originalError }))];
    return items.map(({ position }) => ({ position, result: new StreamResult({ errors }) }));
  }
  return async (items, signal) => {
    options.onExecuted?.(items.length);
    try {
      return (await whileAway(() => once(items), options.isTransient, signal)) ?? [];
    } catch (error) {
      return failed(items, error);
    }
  };
}
