import { CronExpressionParser } from 'cron-parser';
import { invalid, messageOf } from '../core/errors.ts';
import type { Repeat } from './port.ts';

/** A schedule that was checked: how Agenda stores it, and when it is due next. */
export interface Schedule {
  /** A cron line, or whole milliseconds as digits. */
  readonly interval: string;
  readonly timezone: string;
  next(after: Date): Date;
}

/** Agenda's column holds 255 characters; a readable cron line never needs that many. */
const MAX_CRON_LENGTH = 200;
const MIN_EVERY_MS = 1_000;
const MAX_EVERY_MS = 366 * 24 * 60 * 60 * 1_000;

/**
 * Checks a schedule before Agenda sees it, which would read `''` and `* *` as every minute, `never` and `0 seconds`
 * as now, and keep a cron that never comes. Throws a `VALIDATION` refusal. The reckoning is cron-parser's, as in Agenda.
 */
export function parseRepeat(repeat: Repeat): Schedule {
  return 'cron' in repeat ? parseCron(repeat.cron, repeat.timezone ?? 'UTC') : parseEvery(repeat.everyMs);
}

function parseEvery(everyMs: number): Schedule {
  if (!Number.isSafeInteger(everyMs) || everyMs < MIN_EVERY_MS || everyMs > MAX_EVERY_MS) {
    throw invalid([
      {
        path: ['everyMs'],
        message: `must be a whole number of milliseconds from ${MIN_EVERY_MS} to ${MAX_EVERY_MS}`,
      },
    ]);
  }
  return { interval: String(everyMs), timezone: 'UTC', next: (after) => new Date(after.getTime() + everyMs) };
}

function parseCron(cron: string, timezone: string): Schedule {
  const interval = typeof cron === 'string' ? cron.trim() : '';
  const fields = interval.split(/\s+/).length;
  if (interval.length > MAX_CRON_LENGTH || (fields !== 5 && fields !== 6)) {
    throw invalid([
      {
        path: ['cron'],
        message: `must be five fields (minute hour day month weekday), or six with seconds first, in at most ${MAX_CRON_LENGTH} characters`,
      },
    ]);
  }
  if (!isTimezone(timezone)) {
    throw invalid([{ path: ['timezone'], message: 'must be a time zone such as Europe/Berlin or UTC' }]);
  }
  const next = (after: Date): Date =>
    CronExpressionParser.parse(interval, { currentDate: after, tz: timezone }).next().toDate();
  try {
    next(new Date());
  } catch (error) {
    throw invalid([{ path: ['cron'], message: `is no moment that ever comes: ${messageOf(error)}` }]);
  }
  return { interval, timezone, next };
}

function isTimezone(timezone: string): boolean {
  if (typeof timezone !== 'string' || timezone === '' || timezone.length > 100) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}
