/** A write that begins later than everything it stands for. */
type Write = () => Promise<void>;

interface Line {
  /** The last word that waits for the write under way. */
  next: Write | undefined;
  /** Ends with `next`, for all who wait. */
  nextDone: Promise<void> | undefined;
  running: Promise<void>;
}

/**
 * One write a key at a time, in the order given; those that come while one is under way become one, the last of them.
 * A hundred wake-ups at once are two writes, and an earlier `wakeAt` never overtakes the one that replaces it.
 */
export class ByKey {
  readonly #lines = new Map<string, Line>();

  /** Resolves or rejects with the write that stood for this one: itself, or a later one. */
  run(key: string, write: Write): Promise<void> {
    const line = this.#lines.get(key);
    if (line === undefined) return this.#begin(key, write);
    line.next = write;
    line.nextDone ??= line.running.then(
      () => this.#continue(key, line),
      () => this.#continue(key, line),
    );
    return line.nextDone;
  }

  #begin(key: string, write: Write): Promise<void> {
    const line: Line = { next: undefined, nextDone: undefined, running: write() };
    this.#lines.set(key, line);
    const end = (): void => {
      if (line.next === undefined && this.#lines.get(key) === line) this.#lines.delete(key);
    };
    line.running.then(end, end);
    return line.running;
  }

  #continue(key: string, line: Line): Promise<void> {
    return this.#begin(key, line.next ?? (() => Promise.resolve()));
  }
}
