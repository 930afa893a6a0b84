import { MAX_KEPT } from '../port.ts';

/** One write that waits for the store. */
export type Write = () => Promise<void>;

/** What the store has not taken yet, the newest for each key, at most `MAX_KEPT`. */
export class Kept {
  readonly #writes = new Map<string, Write>();

  /** Keeps `write` as the last word on `key`; the oldest key goes when there are too many. */
  keep(key: string, write: Write): void {
    this.#writes.delete(key);
    this.#writes.set(key, write);
    if (this.#writes.size <= MAX_KEPT) return;
    const [oldest] = this.#writes.keys();
    if (oldest !== undefined) this.#writes.delete(oldest);
  }

  /** A newer word on `key` has reached the store. */
  forget(key: string): void {
    this.#writes.delete(key);
  }

  /** Writes all of them, in order; throws at the first that fails and keeps the rest. */
  async flush(): Promise<void> {
    for (const [key, write] of this.#writes) {
      await write();
      // A newer word may have come meanwhile.
      if (this.#writes.get(key) === write) this.#writes.delete(key);
    }
  }
}
