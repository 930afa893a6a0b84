import { monotonicMs } from '../core/clock.ts';
import { type ApiKey, endOf, type ReadApiKey } from '../store/keys/api-key.ts';

/** Longest use of a revoked key if its notification was lost: below the documented 5 s. */
const MAX_AGE_MS = 2_000;
/** Maximum number of entries; above it the oldest entry is removed. */
const MAX_ENTRIES = 10_000;

export type KeyEnd = 'revoked' | 'expired';

export interface CheckedKey {
  readonly key: ApiKey;
  /** Why it is not valid any more; undefined while it is valid. */
  readonly end: KeyEnd | undefined;
}

interface Entry {
  readonly read: ReadApiKey;
  readonly readMs: number;
}

/** Valid keys read less than two seconds ago, by hash or by id. Invalid ones are read each time. */
export class KeyCache {
  readonly #find: (name: string) => Promise<ReadApiKey | undefined>;
  readonly #entries = new Map<string, Entry>();
  #reading = new Map<string, Promise<Entry | undefined>>();

  constructor(find: (name: string) => Promise<ReadApiKey | undefined>) {
    this.#find = find;
  }

  /** Undefined if there is no such key. Passes on the reader's errors. */
  async get(name: string): Promise<CheckedKey | undefined> {
    const entry = this.#fresh(name) ?? (await this.#read(name));
    if (!entry) return undefined;
    // The database's time at the read plus the time that passed here, so that this machine's clock need not be right.
    const now = new Date(entry.read.readAt.getTime() + monotonicMs() - entry.readMs);
    return { key: entry.read.key, end: endOf(entry.read.key, now) };
  }

  /** Removes these keys from the cache, or all keys if the list is empty. */
  forget(keyIds: readonly string[]): void {
    // A read in progress may return the state before the change: its result is used by those waiting, but not cached.
    this.#reading = new Map();
    if (keyIds.length === 0) this.#entries.clear();
    const gone = new Set(keyIds);
    for (const [name, { read }] of this.#entries) if (gone.has(read.key.id)) this.#entries.delete(name);
  }

  #fresh(name: string): Entry | undefined {
    const entry = this.#entries.get(name);
    return entry && monotonicMs() - entry.readMs < MAX_AGE_MS ? entry : undefined;
  }

  #read(name: string): Promise<Entry | undefined> {
    const underWay = this.#reading.get(name);
    if (underWay) return underWay;
    const reading = this.#reading;
    const readMs = monotonicMs();
    const entry = this.#find(name)
      .then((read) => {
        if (!read) return undefined;
        if (this.#reading === reading && !endOf(read.key, read.readAt)) this.#keep(name, { read, readMs });
        return { read, readMs };
      })
      .finally(() => reading.delete(name));
    reading.set(name, entry);
    return entry;
  }

  #keep(name: string, entry: Entry): void {
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
  }
}
