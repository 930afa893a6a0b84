import type pg from 'pg';
import { isDatabaseAway } from '../../core/database-away.ts';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { readSchedule, type Schedule } from '../../domain/schedule.ts';
import type { CronTrigger } from '../../domain/trigger.ts';
import { nearTriggers, pauseUnreadable, recordScan } from '../../store/triggers/occurrences-scan.ts';
import { dueOccurrences } from './missed.ts';

/** Triggers read with one statement. */
const PAGE = 50;
/** With overlap `queue`, at most this many occurrences of a trigger wait; later ones are skipped. */
export const QUEUE_LIMIT = 100;

export interface ScanResult {
  /** The number of undecided occurrences that were stored. */
  readonly made: number;
  /** True if more triggers may already be due. */
  readonly hasMore: boolean;
  /** Time until the next trigger is due, as far as this scan saw; otherwise infinite. */
  readonly nextInMs: number;
}

export interface ScanCalls {
  readonly pool: pg.Pool;
  readonly log: Log;
  /** Called after a trigger was scanned; it is due next at `at`. */
  scanned(triggerId: string, at: Date | null): void;
}

/** Stores the due moments, each once, however many processes scan at the same time. */
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
      const reason = `invalid stored schedule: ${'trouble' in read ? read.trouble : 'not a cron trigger'}`;
      log.error({ triggerId: id, reason }, 'cron trigger paused: its schedule is invalid');
      await pauseUnreadable(pool, id, reason);
      continue;
    }
    const next = read.schedule.next(readAt) ?? null;
    if (next) nextInMs = Math.min(nextInMs, next.getTime() - readAt.getTime());
    const open = await recordDue(pool, trigger, read.schedule, { readAt, next }).catch((err: unknown) => {
      if (isDatabaseAway(err)) throw err;
      // A trigger that fails is retried with the next scan and does not hold up the others.
      log.error(
        { err, triggerId: id },
        'due moments of a cron trigger could not be stored; they will be retried',
      );
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
