/** What stops a run from outside its own steps. */
export type StopCause = 'signal' | 'fenced' | 'time_limit';

/**
 * Everything that may cut a run short, as one signal: the worker's own, a lost lease that the record noticed, and the
 * time limit. The first cause counts. Release it when the run is over.
 */
export class RunStop {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal;
  readonly #onOuterAbort = (): void => this.stop('signal');
  #cause: StopCause | undefined;

  constructor(outer: AbortSignal, timeoutMs: number) {
    this.#outer = outer;
    this.#timer = setTimeout(() => this.stop('time_limit'), timeoutMs);
    if (outer.aborted) this.stop('signal');
    else outer.addEventListener('abort', this.#onOuterAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get cause(): StopCause | undefined {
    return this.#cause;
  }

  stop(cause: StopCause): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#abort.abort(new Error(`the run is stopped: ${cause}`));
  }

  /**
   * `work`, or a rejection as soon as the run is stopped, so that what ignores the signal does not hold it up.
   * Work that was left behind goes on by itself; its error has nobody left to go to.
   */
  race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const cut = (): void => reject(signal.reason);
      if (signal.aborted) cut();
      else signal.addEventListener('abort', cut, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cut));
    });
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#onOuterAbort);
  }
}
