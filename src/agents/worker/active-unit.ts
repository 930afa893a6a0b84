import type { Task } from '../../domain/task.ts';

/** Why a run is stopped before it is done. */
export type StopCause = 'moved' | 'lease_lost' | 'shutdown';

/** A run under way in this process: its lease as this process's own clock sees it, and the way to stop it. */
export class ActiveRun {
  readonly task: Task;
  readonly token: bigint;
  readonly #abort = new AbortController();
  #leaseEndsAtMs: number;
  #stoppedFor: StopCause | undefined;

  /** `leaseEndsAtMs` is on the monotonic clock, counted from before the claim was sent: never later than the database's. */
  constructor(task: Task, token: bigint, leaseEndsAtMs: number) {
    this.task = task;
    this.token = token;
    this.#leaseEndsAtMs = leaseEndsAtMs;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get stoppedFor(): StopCause | undefined {
    return this.#stoppedFor;
  }

  get leaseEndsAtMs(): number {
    return this.#leaseEndsAtMs;
  }

  /** A heartbeat that was sent at `sentAtMs` was granted. */
  extended(sentAtMs: number, leaseMs: number): void {
    this.#leaseEndsAtMs = Math.max(this.#leaseEndsAtMs, sentAtMs + leaseMs);
  }

  /** Stops the run; only the first cause counts. */
  stop(cause: StopCause): void {
    if (this.#stoppedFor !== undefined) return;
    this.#stoppedFor = cause;
    this.#abort.abort(new Error(`the run is stopped: ${cause}`));
  }
}
