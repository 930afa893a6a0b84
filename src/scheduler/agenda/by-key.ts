/** A write that begins after all the calls that it covers. */
type Write = () => Promise<void>;

interface Line {
  /** The latest write, waiting for the running one. */
  next: Write | undefined;
  /** Settles with `next`, for all callers that wait. */
  nextDone: Promise<void> | undefined;
  running: Promise<void>;
}

/**
 * One write per key at a time, in order. Of the writes that arrive while one is running, only the last is made. A
 * hundred wake-ups at once cause two writes, and an earlier `wakeAt` never overwrites a later one.
 */
export class ByKey {
  readonly #lines = new Map<string, Line>();

  /** Resolves or rejects with the write that covers this one: itself or a later one. */
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
