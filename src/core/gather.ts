const MAX_ATTEMPTS = 3;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly keys: readonly string[];
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface GatherOptions<Item, Result> {
  /** Handles several items together; returns one result per item, in order. */
  readonly flush: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Items with the same key are never in one flush, and keep their order. */
  readonly keysOf: (item: Item) => readonly string[];
  /** True if a failed flush certainly had no effect, so that each item can be retried alone. */
  readonly mayTryAlone: (error: unknown) => boolean;
  /** True if a plain retry of the item may succeed, for example after a deadlock. */
  readonly mayRepeat?: (error: unknown) => boolean;
  /** Concurrent flushes. */
  readonly parallel?: number;
  readonly maxItems?: number;
}

/**
 * Calls `flush` with one item when idle, or with the items that arrived during earlier flushes: no added delay when
 * idle, few round trips under load. Each caller gets the result of its own item.
 */
export function gatherer<Item, Result>(
  options: GatherOptions<Item, Result>,
): (item: Item) => Promise<Result> {
  const { flush, keysOf, mayTryAlone, mayRepeat = () => false, parallel = 2, maxItems = 100 } = options;
  const busyKeys = new Set<string>();
  let queue: Waiting<Item, Result>[] = [];
  let running = 0;
  let scheduled = false;

  function takeBatch(): Waiting<Item, Result>[] {
    const batch: Waiting<Item, Result>[] = [];
    const left: Waiting<Item, Result>[] = [];
    const passed = new Set<string>();
    for (const waiting of queue) {
      const blocked = waiting.keys.some((key) => busyKeys.has(key) || passed.has(key));
      if (blocked || batch.length >= maxItems) {
        left.push(waiting);
        for (const key of waiting.keys) passed.add(key);
      } else {
        batch.push(waiting);
        for (const key of waiting.keys) busyKeys.add(key);
      }
    }
    queue = left;
    return batch;
  }

  async function settle(batch: readonly Waiting<Item, Result>[], attempt = 1): Promise<void> {
    try {
      const results = await flush(batch.map((waiting) => waiting.item));
      if (results.length !== batch.length) throw new Error('flush must return one result per item');
      for (const [index, waiting] of batch.entries()) waiting.resolve(results[index] as Result);
    } catch (error) {
      if (attempt < MAX_ATTEMPTS && mayRepeat(error)) {
        await settle(batch, attempt + 1);
        return;
      }
      if (batch.length === 1 || !mayTryAlone(error)) {
        for (const waiting of batch) waiting.reject(error);
        return;
      }
      for (const waiting of batch) await settle([waiting]);
    }
  }

  function pump(): void {
    scheduled = false;
    while (running < parallel && queue.length > 0) {
      const batch = takeBatch();
      if (batch.length === 0) return;
      running += 1;
      void settle(batch).finally(() => {
        running -= 1;
        for (const waiting of batch) for (const key of waiting.keys) busyKeys.delete(key);
        pump();
      });
    }
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      queue.push({ item, keys: keysOf(item), resolve, reject });
      if (scheduled || running >= parallel) return;
      scheduled = true;
      setImmediate(pump);
    });
}
