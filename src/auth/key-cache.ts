import { monotonicMs } from '../core/clock.ts';
import { type ApiKey, endOf, type ReadApiKey } from '../store/keys/api-key.ts';

/** With the hint lost, a revoked key is still taken for so long: well under the promised 5 s. */
const LIVES_MS = 2_000;
/** Keys in use at once; past it the oldest is read again. */
const MAX_ENTRIES = 10_000;

export type KeyEnd = 'revoked' | 'expired';

export interface CheckedKey {
  readonly key: ApiKey;
  /** Why it opens nothing any more; undefined while it lives. */
  readonly end: KeyEnd | undefined;
}

interface Entry {
  readonly read: ReadApiKey;
  readonly readMs: number;
}

/** Keys that were alive a moment ago, by hash or by id. Those that were not are read each time. */
export class KeyCache {
  readonly #find: (name: string) => Promise<ReadApiKey | undefined>;
  readonly #entries = new Map<string, Entry>();
  #reading = new Map<string, Promise<Entry | undefined>>();

  constructor(find: (name: string) => Promise<ReadApiKey | undefined>) {
    this.#find = find;
  }

  /** Undefined when there is no such key. Throws what reading throws. */
  async get(name: string): Promise<CheckedKey | undefined> {
    const entry = this.#fresh(name) ?? (await this.#read(name));
    if (!entry) return undefined;
    // The database's clock, carried on by ours, which only needs to run, not to be right.
    const now = new Date(entry.read.readAt.getTime() + monotonicMs() - entry.readMs);
    return { key: entry.read.key, end: endOf(entry.read.key, now) };
  }

  /** Forgets these keys, or all of them when none is named. */
  forget(keyIds: readonly string[]): void {
    // What is being read now may be what was before the change: it serves who waits, and is not kept.
    this.#reading = new Map();
    if (keyIds.length === 0) this.#entries.clear();
    const gone = new Set(keyIds);
    for (const [name, { read }] of this.#entries) if (gone.has(read.key.id)) this.#entries.delete(name);
  }

  #fresh(name: string): Entry | undefined {
    const entry = this.#entries.get(name);
    return entry && monotonicMs() - entry.readMs < LIVES_MS ? entry : undefined;
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
