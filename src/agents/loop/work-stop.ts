/** What stops the work from outside its own steps. */
export type StopCause = 'signal' | 'lease_lost' | 'time_limit';

/**
 * Everything that may end the work early, as one signal: the worker's own, a lost lease that the step log noticed, and
 * the time limit. The first cause counts. Release it when the work is over.
 */
export class WorkStop {
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
    this.#abort.abort(new Error(`The work was stopped: ${cause}`));
  }

  /**
   * The result of `action`, or a rejection as soon as the work is stopped, so that an action that ignores the signal
   * delays nothing. An action that was left behind continues alone; nobody receives its error.
   */
  race<T>(action: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      action.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#onOuterAbort);
  }
}
