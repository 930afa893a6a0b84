import type { WorkUnit } from '../work/unit.ts';

/** Why the worker stops a unit before it is done. */
export type StopCause = 'moved' | 'lease_lost' | 'shutdown';

/** A unit under way in this process: its lease as this process's own clock sees it, and the way to stop it. */
export class ActiveUnit {
  readonly unit: WorkUnit;
  readonly #abort = new AbortController();
  #leaseEndsAtMs: number;
  #stoppedFor: StopCause | undefined;

  /** `leaseEndsAtMs` is on the monotonic clock, counted from before the claim was sent: never later than the database's. */
  constructor(unit: WorkUnit, leaseEndsAtMs: number) {
    this.unit = unit;
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

  /** A heartbeat that was sent at `sentAtMs` has extended the lease. */
  extended(sentAtMs: number, leaseMs: number): void {
    this.#leaseEndsAtMs = Math.max(this.#leaseEndsAtMs, sentAtMs + leaseMs);
  }

  /** Stops the unit; only the first cause counts. */
  stop(cause: StopCause): void {
    if (this.#stoppedFor !== undefined) return;
    this.#stoppedFor = cause;
    this.#abort.abort(new Error(`The work was stopped: ${cause}`));
  }
}
