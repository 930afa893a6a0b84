import type { Handlers, JobName, JobPayload } from './catalogue.ts';

/** When a repeating job is due. Cron expressions belong to triggers, which use `wakeAt`. */
export interface Repeat {
  readonly key: string;
  readonly everyMs: number;
}

export interface SchedulerStatus {
  /** True if the store answered in time and its tables exist. */
  readonly ok: boolean;
  /** The problem, for operators; without secrets. */
  readonly detail?: string;
}

export interface DrainResult {
  /** Handlers that were still running at the timeout; other processes can take their wake-ups. */
  readonly left: number;
}

/**
 * Wake-ups: at once, at a moment, or repeatedly. The work itself is in the tables.
 *
 * A wake-up is delivered at least once: the handler begins at some time after the call, in one of the processes that
 * called `start`. Many wake-ups may cause one run, and a run may be repeated after a crash.
 *
 * `wake`, `wakeAt` and `repeat` never fail because the store cannot be reached: they resolve `true` if the store has
 * the wake-up, and `false` if it is kept in memory (at most `MAX_KEPT`) and written as soon as the store answers. They
 * throw a `VALIDATION` refusal for an invalid payload, key, moment or schedule.
 */
export interface Scheduler extends AsyncDisposable {
  /** Starts to run jobs in this process, as soon as the store answers; resolves at once. Not needed to set wake-ups. */
  start(handlers: Handlers): Promise<void>;

  /** A wake-up as soon as possible. One pending wake-up per job and payload, however often it is called. */
  wake<Name extends JobName>(job: Name, payload: JobPayload<Name>): Promise<boolean>;

  /** A wake-up at a moment. One pending wake-up per job and key: a second call replaces its moment and payload. */
  wakeAt<Name extends JobName>(job: Name, payload: JobPayload<Name>, at: Date, key: string): Promise<boolean>;

  /** Repeated wake-ups. One schedule per job and key, replaced by a second call; a missed moment is made up once. */
  repeat<Name extends JobName>(job: Name, payload: JobPayload<Name>, schedule: Repeat): Promise<boolean>;

  /**
   * Starts no new jobs and waits up to `timeoutMs` for running ones. Then it aborts the rest and sets their wake-ups
   * for other processes (at most one second more if the store is slow). Wake-ups can still be written afterwards.
   */
  drain(timeoutMs: number): Promise<DrainResult>;

  /** Whether its store answers; waits at most one second. */
  status(): Promise<SchedulerStatus>;
}

/** The maximum length of a key. */
export const MAX_KEY_LENGTH = 200;

/** The maximum of wake-ups in memory without a store. Beyond it the oldest is dropped, which only delays work. */
export const MAX_KEPT = 1_000;
