/** A wait that a hint or the end cuts short. A hint that comes while nobody waits is remembered for the next one. */
export class Nap {
  #wake: (() => void) | undefined;
  #hinted = false;
  #ended = false;

  hint(): void {
    this.#hinted = true;
    this.#wake?.();
  }

  /** Ends every wait, now and later. */
  end(): void {
    this.#ended = true;
    this.hint();
  }

  /** Waits `delayMs` whatever hints come; not at all for zero or less, or after the end. */
  async take(delayMs: number): Promise<void> {
    if (delayMs <= 0 || this.#ended) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, delayMs);
      const wakeUp = (): void => {
        if (this.#ended) done();
      };
      this.#wake = wakeUp;
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
    });
    this.#wake = undefined;
  }

  /** Waits `delayMs` at most; a hint since the last such wait ends it at once. */
  async takeUnlessHinted(delayMs: number): Promise<void> {
    if (!this.#hinted && !this.#ended) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#hinted = false;
  }
}
