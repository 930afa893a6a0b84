import type { AgendaBackend } from 'agenda';
import { z } from 'zod';
import type { JobName } from '../catalogue.ts';

/** Our fields in Agenda's `data`. */
export const JobData = z.object({
  /** Identifies the wake-up within its job; there is one pending row per key. */
  key: z.string(),
  payload: z.unknown(),
  /** The number of failed runs of this wake-up. */
  attempt: z.number().int().nonnegative(),
});
export type JobData = z.infer<typeof JobData>;

/** A wake-up to write. */
export interface WakeUp {
  readonly job: JobName;
  readonly data: JobData;
  readonly at: Date;
  /** If one is already pending: `earliest` keeps the earlier of the two moments, `replace` uses this one. */
  readonly meeting: 'earliest' | 'replace';
}

/** A schedule to write. */
export interface Recurrence {
  readonly job: JobName;
  readonly data: JobData;
  readonly everyMs: number;
}

/**
 * Agenda's rows in one kind of database. Agenda locks, runs and finishes them; we write and unlock them.
 *
 * A row is *pending* (due, no lock), *locked* (a process has it; its timer may still wait), *started* (locked, and a
 * single wake-up has no due moment any more), then removed. At the end of a run Agenda saves the due moment that it has
 * in memory, which would overwrite a wake-up in a started row. So a wake-up goes into a pending row or into a new one.
 * The database, not a read before the write, ensures one pending row per key.
 */
export interface JobStore {
  /** Connects, and creates missing tables and indexes; cheap if none are missing. May be called again. */
  prepare(): Promise<void>;
  /** Rejects if the database does not answer. */
  ping(): Promise<void>;
  /** The repository for Agenda. Call it after `prepare`, once for each Agenda. */
  backend(): AgendaBackend;
  put(wakeUp: WakeUp): Promise<void>;
  putRecurrence(recurrence: Recurrence): Promise<void>;
  /** Releases the rows of process `owner`: rows not started become pending, started single ones are removed. */
  release(owner: string): Promise<void>;
  /** Removes finished rows whose removal failed; they never run and would stay for ever. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/** A wake-up for "now" is due a minute ago, so that it is also due for a process whose clock is behind. */
export function dueNow(): Date {
  return new Date(Date.now() - 60_000);
}
