import type { AgendaBackend } from 'agenda';
import { z } from 'zod';
import type { JobName } from '../catalogue.ts';

/** What we keep in Agenda's `data`. */
export const JobData = z.object({
  /** Which wake-up of its job this is; there is one pending row for each. */
  key: z.string(),
  payload: z.unknown(),
  /** Runs of this wake-up that failed before. */
  attempt: z.number().int().nonnegative(),
});
export type JobData = z.infer<typeof JobData>;

/** A wake-up to be written. */
export interface WakeUp {
  readonly job: JobName;
  readonly data: JobData;
  readonly at: Date;
  /** When one is pending already: `earliest` keeps the earlier moment of the two, `replace` takes this one. */
  readonly meeting: 'earliest' | 'replace';
}

/** A schedule to be written. */
export interface Recurrence {
  readonly job: JobName;
  readonly data: JobData;
  readonly everyMs: number;
}

/**
 * Agenda's rows in one kind of database. Agenda itself locks, runs and finishes them; we write and take back.
 *
 * A row is *pending* (due, no lock), *locked* (a process has it; its timer may wait a moment), *started* (locked, and
 * for a single wake-up no due moment any more), then removed. Agenda's save at the end of a run writes the due moment
 * it has in memory: a wake-up put into a started row would be wiped. So a wake-up goes only into a pending row, and
 * otherwise into a new one; the database, not a read before a write, ensures one pending row a key.
 */
export interface JobStore {
  /** Connects, and makes tables and indexes that are not there; cheap when they are. May be called again. */
  prepare(): Promise<void>;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  /** What Agenda works on. Call it after `prepare`, once for each Agenda. */
  backend(): AgendaBackend;
  put(wakeUp: WakeUp): Promise<void>;
  putRecurrence(recurrence: Recurrence): Promise<void>;
  /** What process `owner` holds: rows not started are pending again, started single ones are removed. */
  release(owner: string): Promise<void>;
  /** Removes finished rows whose removal failed; they never run, and would stay for good. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/** A wake-up for "now" is due a minute ago, so that a process whose clock is behind sees it as due, too. */
export function dueNow(): Date {
  return new Date(Date.now() - 60_000);
}
