import type { Handlers, JobName, JobPayload } from './catalogue.ts';

/** When a repeating job is due; cron expressions are the business of triggers, which wake themselves by `wakeAt`. */
export interface Repeat {
  readonly key: string;
  readonly everyMs: number;
}

export interface SchedulerStatus {
  /** True when the store answered within the bounded wait and its tables stand. */
  readonly ok: boolean;
  /** What does not answer; for operators, free of secrets. */
  readonly detail?: string;
}

export interface DrainResult {
  /** Handlers still under way when the time was over; their wake-ups are free for another process. */
  readonly left: number;
}

/**
 * Wake-ups: "look", at once, at a moment or again and again. What is to be done is in the tables.
 *
 * A wake-up is delivered at least once: the handler begins at some time after the call, on one of the processes that
 * called `start`. Many wake-ups may be one run, and a run may come twice after a crash.
 *
 * `wake`, `wakeAt` and `repeat` never fail because the store is away: they resolve `true` when the store has
 * it, and `false` when it is kept in memory (at most `MAX_KEPT` of them) and written as soon as the store answers.
 * They throw a `VALIDATION` refusal for a payload, a key, a moment or a schedule that cannot be.
 */
export interface Scheduler extends AsyncDisposable {
  /** Begins to run jobs here. A process that only sets wake-ups never calls it. Resolves at once; running begins when the store answers. */
  start(handlers: Handlers): Promise<void>;

  /** As soon as may be. One pending wake-up for each job and payload, however often it is called. */
  wake<Name extends JobName>(job: Name, payload: JobPayload<Name>): Promise<boolean>;

  /** At a moment. One pending wake-up for each job and key: a second call replaces its moment and its payload. */
  wakeAt<Name extends JobName>(job: Name, payload: JobPayload<Name>, at: Date, key: string): Promise<boolean>;

  /** Again and again. One schedule for each job and key, replaced when given again; a moment missed is made up once. */
  repeat<Name extends JobName>(job: Name, payload: JobPayload<Name>, schedule: Repeat): Promise<boolean>;

  /**
   * Takes no new jobs and waits up to `timeoutMs` for those under way; what is left ends by its signal, and its wake-up is set for
   * another process (a second more, at most, when the store is slow). Wake-ups are still written afterwards.
   */
  drain(timeoutMs: number): Promise<DrainResult>;

  /** Whether its store answers; waits a second at most. */
  status(): Promise<SchedulerStatus>;
}

/** Characters of a key. */
export const MAX_KEY_LENGTH = 200;

/** Wake-ups kept in memory while the store is away; past it the oldest goes, which costs time and never work. */
export const MAX_KEPT = 1_000;
