import { newId } from '../../core/ids.ts';
import type { Schedule } from '../../domain/schedule.ts';
import type { CronTrigger } from '../../domain/trigger.ts';
import type { NewOccurrence } from '../../store/triggers/occurrences-scan.ts';

/** A due moment seen within this time was not missed: a restart takes some seconds. */
export const ON_TIME_MS = 60_000;
/** At most this many missed moments are stored, the latest; the oldest of them states how many came before it. */
export const MOST_MISSED_LISTED = 100;
/** With misfire `all`, at most this many are made up, the latest. */
export const MOST_MADE_UP = 500;
/** Moments that are not listed are counted up to this number. */
const MOST_COUNTED = 1_000;

/** The fields of a trigger that decide what happens to its due moments. */
export type Scanned = Pick<CronTrigger, 'misfire' | 'misfireWindowSeconds' | 'scannedUntil'>;

/**
 * The occurrences of the due moments after `scannedUntil` up to `readAt`. Those up to a minute old are on time. Older
 * ones were missed: the trigger's misfire rule decides which are made up, and the others are stored as skipped.
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
  // One more than is made up: it represents all earlier ones.
  const hasMore = moments.length > most;
  const earlier =
    hasMore && moments[0] ? schedule.between(scannedUntil, moments[0], MOST_COUNTED).length - 1 : 0;
  const count = earlier >= MOST_COUNTED - 1 ? `at least ${earlier}` : `${earlier}`;
  const windowFrom = new Date(readAt.getTime() - misfireWindowSeconds * 1_000);
  return moments.map((dueAt, index) => {
    if (hasMore && index === 0) {
      const reason = `misfire: too many moments were missed; at most ${most} are recorded, and ${count} earlier ones are not listed`;
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
  if (misfire === 'skip') return 'misfire: missed; the rule skip makes up none';
  if (dueAt < windowFrom) return 'misfire: missed; older than the misfire window';
  if (misfire === 'once' && !isLast) return 'misfire: missed; the rule once makes up only the last one';
  return null;
}

function occurrence(dueAt: Date, kind: NewOccurrence['kind'], skippedFor: string | null): NewOccurrence {
  return { id: newId('occurrence'), taskId: newId('task'), dueAt, kind, skippedFor };
}

/**
 * The last `count` due moments after `after` up to `upTo`, oldest first. The cost does not grow with the span: a window
 * that ends at `upTo` is doubled until it holds enough, and halved if it holds more than twice as many.
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
