import type pg from 'pg';
import { isDatabaseAway } from '../../core/database-away.ts';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { readSchedule, type Schedule } from '../../domain/schedule.ts';
import type { CronTrigger } from '../../domain/trigger.ts';
import { nearTriggers, pauseUnreadable, recordScan } from '../../store/triggers/occurrences-scan.ts';
import { dueOccurrences } from './missed.ts';

/** Triggers looked at with one statement. */
const PAGE = 50;
/** Of a trigger with overlap `queue`, so many wait at most; the ones after them are skipped. */
export const QUEUE_LIMIT = 100;

export interface ScanResult {
  /** Undecided occurrences that were stored. */
  readonly made: number;
  /** True when there may be more that is due already. */
  readonly hasMore: boolean;
  /** Until the next trigger is due, as far as that was seen; infinite when it was not. */
  readonly nextInMs: number;
}

export interface ScanCalls {
  readonly pool: pg.Pool;
  readonly log: Log;
  /** A trigger was scanned here, and is due next at `at`. */
  scanned(triggerId: string, at: Date | null): void;
}

/** Stores what is due: each due moment once, however many instances scan at the same time. */
export async function scanDue({ pool, log, scanned }: ScanCalls, aheadMs: number): Promise<ScanResult> {
  const near = await nearTriggers(pool, aheadMs, PAGE);
  let made = 0;
  let nextInMs = Number.POSITIVE_INFINITY;
  let due = 0;
  let scans = 0;
  for (const { id, trigger, trouble, nextDueAt, readAt } of near) {
    if (nextDueAt > readAt) {
      nextInMs = Math.min(nextInMs, nextDueAt.getTime() - readAt.getTime());
      continue;
    }
    due += 1;
    const read = trigger ? scheduleOf(trigger) : { trouble };
    if (!trigger || !('schedule' in read)) {
      const reason = `its schedule cannot be read: ${'trouble' in read ? read.trouble : 'it is no cron trigger'}`;
      log.error({ triggerId: id, reason }, 'a cron trigger was paused');
      await pauseUnreadable(pool, id, reason);
      continue;
    }
    const next = read.schedule.next(readAt) ?? null;
    if (next) nextInMs = Math.min(nextInMs, next.getTime() - readAt.getTime());
    const open = await recordDue(pool, trigger, read.schedule, { readAt, next }).catch((err: unknown) => {
      if (isDatabaseAway(err)) throw err;
      // One that cannot be recorded is tried again with the next look, and keeps no other from being seen.
      log.error({ err, triggerId: id }, 'due moments of a cron trigger could not be stored');
      return undefined;
    });
    if (open === undefined) continue;
    made += open;
    scans += 1;
    scanned(id, next);
  }
  return { made, hasMore: due === PAGE && scans > 0, nextInMs };
}

async function recordDue(
  pool: pg.Pool,
  trigger: CronTrigger,
  schedule: Schedule,
  { readAt, next }: { readonly readAt: Date; readonly next: Date | null },
): Promise<number | undefined> {
  return recordScan(pool, {
    trigger,
    scannedUntil: readAt,
    nextDueAt: next,
    occurrences: dueOccurrences(trigger, schedule, readAt),
    queueLimit: QUEUE_LIMIT,
  });
}

function scheduleOf({
  cron,
  timezone,
}: CronTrigger): { readonly schedule: Schedule } | { readonly trouble: string } {
  try {
    return { schedule: readSchedule(cron, timezone) };
  } catch (error) {
    return { trouble: messageOf(error) };
  }
}
