import { MAX_KEPT } from '../port.ts';

/** One write that waits for the store. */
export type Write = () => Promise<void>;

/** Writes that the store has not accepted yet: the newest for each key, at most `MAX_KEPT`. */
export class Kept {
  readonly #writes = new Map<string, Write>();

  /** Keeps `write` as the newest of `key`; drops the oldest key if there are too many. */
  keep(key: string, write: Write): void {
    this.#writes.delete(key);
    this.#writes.set(key, write);
    if (this.#writes.size <= MAX_KEPT) return;
    const [oldest] = this.#writes.keys();
    if (oldest !== undefined) this.#writes.delete(oldest);
  }

  /** A newer write of `key` has reached the store. */
  forget(key: string): void {
    this.#writes.delete(key);
  }

  /** Makes all writes in order; throws at the first failure and keeps the rest. */
  async flush(): Promise<void> {
    for (const [key, write] of this.#writes) {
      await write();
      // A newer write may have arrived meanwhile.
      if (this.#writes.get(key) === write) this.#writes.delete(key);
    }
  }
}
