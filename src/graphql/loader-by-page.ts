import DataLoader from 'dataloader';

/** One loader for each page that is asked for: what differs in its page cannot share a statement. */
export function byPage<Page, Value>(
  keyOf: (page: Page) => string,
  load: (ids: readonly string[], page: Page) => Promise<readonly Value[]>,
): (id: string, page: Page) => Promise<Value> {
  const loaders = new Map<string, DataLoader<string, Value>>();
  return (id, page) => {
    const key = keyOf(page);
    let loader = loaders.get(key);
    if (!loader) {
      loader = new DataLoader((ids: readonly string[]) => load(ids, page), { maxBatchSize: MAX_BATCH_SIZE });
      loaders.set(key, loader);
    }
    return loader.load(id);
  };
}

/** More parents than this are read in several statements. */
export const MAX_BATCH_SIZE = 1_000;
