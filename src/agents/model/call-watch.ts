import { ModelError } from './model-error.ts';

/** How long a complete answer waits for the usage that may follow it. */
const USAGE_WAIT_MS = 2000;

/**
 * The limits of one call. The SDK's own timeout ends with the headers, and an aborted stream ends without an error:
 * so the call has its own signal, and the reader of the stream asks here whether and why it was ended.
 */
export class CallWatch {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #idleMs: number;
  readonly #totalMs: number;
  readonly #totalTimer: NodeJS.Timeout;
  #idleTimer: NodeJS.Timeout;
  #hasBegun = false;
  #isFinished = false;
  #failure: ModelError | undefined;

  constructor(caller: AbortSignal, idleMs: number, totalMs: number) {
    this.#caller = caller;
    this.#idleMs = idleMs;
    this.#totalMs = totalMs;
    this.#idleTimer = setTimeout(this.#onIdle, idleMs);
    this.#totalTimer = setTimeout(this.#onTotal, totalMs);
    // The caller's signal lives longer than the call: the listener must be removed with the call (the SDK leaves its own).
    caller.addEventListener('abort', this.#onAbort);
    if (caller.aborted) this.#onAbort();
  }

  /** The signal of the call: fires when a limit is reached and when the caller's signal fires. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the call was ended from here, if it was. */
  get failure(): ModelError | undefined {
    return this.#failure;
  }

  throwIfEnded(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Something was received: the idle limit starts again. */
  received(): void {
    this.#hasBegun = true;
    this.#idleTimer.refresh();
  }

  /** The finish reason was received: a connection that stays open now is closed soon, and the answer is still complete. */
  onlyUsageIsLeft(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(this.#onIdle, USAGE_WAIT_MS);
  }

  /** Stops the timers and removes the listener from the caller's signal. */
  release(): void {
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#totalTimer);
    this.#caller.removeEventListener('abort', this.#onAbort);
  }

  #end(failure: ModelError): void {
    this.#failure ??= failure;
    this.#controller.abort();
  }

  readonly #onAbort = (): void => {
    this.#end(new ModelError('aborted', 'The call was aborted.'));
  };

  readonly #onIdle = (): void => {
    if (this.#isFinished) this.#end(new ModelError('cut_off', 'The stream stayed open after its end.'));
    else if (this.#hasBegun) {
      this.#end(
        new ModelError(
          'stalled',
          `Nothing was received for ${seconds(this.#idleMs)} in the middle of the answer.`,
        ),
      );
    } else
      this.#end(
        new ModelError('timeout', `The model did not start to answer within ${seconds(this.#idleMs)}.`),
      );
  };

  readonly #onTotal = (): void => {
    this.#end(new ModelError('timeout', `The answer was not complete within ${seconds(this.#totalMs)}.`));
  };
}

function seconds(durationMs: number): string {
  return `${durationMs / 1000} s`;
}
