import { newId } from '../../core/ids.ts';
import type { Schedule } from '../../domain/schedule.ts';
import type { CronTrigger } from '../../domain/trigger.ts';
import type { NewOccurrence } from '../../store/triggers/occurrences-scan.ts';

/** Noticed no later than this, a due moment was not missed: a restart takes its time. */
export const ON_TIME_MS = 60_000;
/** Of the moments missed, so many are stored, the latest; the oldest of them has the number of those before it. */
export const MOST_MISSED_LISTED = 100;
/** With misfire `all`, so many are made up at most, the latest. */
export const MOST_MADE_UP = 500;
/** How far those that are not listed are counted. */
const MOST_COUNTED = 1_000;

/** The parts of a trigger that say what becomes of its due moments. */
export type Scanned = Pick<CronTrigger, 'misfire' | 'misfireWindowSeconds' | 'scannedUntil'>;

/**
 * The occurrences of the due moments after `scannedUntil` up to `readAt`. Those up to a minute old are as scheduled.
 * Older ones were missed, and the trigger's rule says which of them are made up; the others are stored as skipped.
 */
export function dueOccurrences(trigger: Scanned, schedule: Schedule, readAt: Date): NewOccurrence[] {
  const onTimeFrom = new Date(Math.max(trigger.scannedUntil.getTime(), readAt.getTime() - ON_TIME_MS - 1));
  const onTime = schedule
    .between(onTimeFrom, readAt, ON_TIME_MS / 1_000 + 1)
    .map((dueAt) => occurrence(dueAt, 'schedule', null));
  if (onTimeFrom <= trigger.scannedUntil) return onTime;
  return [...missedOccurrences(trigger, schedule, onTimeFrom, readAt), ...onTime];
}

function missedOccurrences(trigger: Scanned, schedule: Schedule, upTo: Date, readAt: Date): NewOccurrence[] {
  const { misfire, misfireWindowSeconds, scannedUntil } = trigger;
  const most = misfire === 'all' ? MOST_MADE_UP : MOST_MISSED_LISTED;
  const moments = latestBetween(schedule, scannedUntil, upTo, most + 1);
  // One more than is made up: it stands for all that came before.
  const hasMore = moments.length > most;
  const earlier =
    hasMore && moments[0] ? schedule.between(scannedUntil, moments[0], MOST_COUNTED).length - 1 : 0;
  const count = earlier >= MOST_COUNTED - 1 ? `at least ${earlier}` : `${earlier}`;
  const windowFrom = new Date(readAt.getTime() - misfireWindowSeconds * 1_000);
  return moments.map((dueAt, index) => {
    if (hasMore && index === 0) {
      const reason = `misfire: too many were missed (${most} are looked at); ${count} more before this one are not listed`;
      return occurrence(dueAt, 'misfire', reason);
    }
    return occurrence(dueAt, 'misfire', skippedFor(misfire, dueAt, windowFrom, index === moments.length - 1));
  });
}

function skippedFor(
  misfire: Scanned['misfire'],
  dueAt: Date,
  windowFrom: Date,
  isLast: boolean,
): string | null {
  if (misfire === 'skip') return 'misfire: missed, and none is made up (skip)';
  if (dueAt < windowFrom) return 'misfire: missed for longer than the window in which it is made up';
  if (misfire === 'once' && !isLast) return 'misfire: only the last one missed is made up (once)';
  return null;
}

function occurrence(dueAt: Date, kind: NewOccurrence['kind'], skippedFor: string | null): NewOccurrence {
  return { id: newId('occurrence'), taskId: newId('task'), dueAt, kind, skippedFor };
}

/**
 * The last `count` due moments after `after` up to `upTo`, oldest first, at a price that does not grow with the span:
 * a window that ends at `upTo` is doubled until it holds enough, and halved back when it holds far too many.
 */
export function latestBetween(schedule: Schedule, after: Date, upTo: Date, count: number): readonly Date[] {
  const first = after.getTime();
  let tooFew = upTo.getTime();
  let tooMany: number | undefined;
  let spanMs = 60_000;
  for (;;) {
    const from =
      tooMany === undefined ? Math.max(first, upTo.getTime() - spanMs) : Math.floor((tooMany + tooFew) / 2);
    const found = schedule.between(new Date(from), upTo, 2 * count + 1);
    if (found.length > 2 * count) tooMany = from;
    else if (found.length >= count || from === first) return found.slice(-count);
    else tooFew = from;
    spanMs *= 2;
  }
}
