import { Cron } from 'croner';
import { invalid } from '../core/errors.ts';
import { parseCronExpression, wordsOf } from './cron-expression.ts';

/**
 * A cron expression in a time zone, and its due times. See decision 012.
 *
 * **Days.** If day and weekday are both restricted (neither is `*`), a match of one is enough: `0 0 13 * fri` is due on
 * every 13th and on every Friday. Otherwise both must match, as in other crons.
 *
 * **Daylight saving time.** An expression whose minute and hour are set times (numbers, lists and ranges: no `*` and
 * no step) follows the local clock. A time that the change skips is due at the first moment after the gap; a time that
 * it repeats is due once, the first time. `30 2 * * *` in New York is due at 03:00 on 2026-03-08; `30 1 * * *` at the
 * first 01:30 on 2026-11-01. Two set times in the same gap give one due time.
 * An expression with `*` or a step in its minute or hour follows elapsed time: it is due at each moment at which the
 * local clock matches, so twice in a repeated hour and never in a skipped one: every 20 minutes of hour 2
 * (`*\/20 2 * * *`) in Berlin is not due on 2026-03-29.
 */
export interface Schedule {
  readonly cron: string;
  readonly timezone: string;
  /** The first due time after `after`, which need not be a due time; undefined if there is none. */
  next(after: Date): Date | undefined;
  /** The due times after `after` up to and including `upTo`, oldest first, at most `limit`. */
  between(after: Date, upTo: Date, limit: number): readonly Date[];
  /** Such as "At 02:00, Monday through Friday"; without the zone. */
  readonly words: string;
}

/** The rule for skipped and repeated hours, for the descriptions of every API. */
export const CLOCK_CHANGE_RULE =
  'When daylight saving time begins or ends: a schedule of set times (no * and no step in minute and hour) is due at the first moment after the gap if its time is skipped, and once, the first time, if its time is repeated. A schedule with * or a step in minute or hour follows elapsed time: it is due in both of two repeated hours, and not at times that are skipped.';

/**
 * Parses user input: five fields or a macro such as `@daily`, and an IANA time zone.
 * Throws `VALIDATION` at `cron` or `timezone`, also for a schedule without any due time.
 */
export function parseSchedule(cron: string, timezone: string): Schedule {
  mustBeTimezone(timezone);
  const { text, fields, words } = parseCronExpression(cron);
  const schedule = scheduleOf(text, fields, timezone, words);
  if (schedule.next(new Date()) === undefined) {
    throw invalid([{ path: ['cron'], message: 'is never due: no such month has such a day' }]);
  }
  return schedule;
}

/**
 * Parses a stored schedule; unlike user input it may have six fields, with seconds first.
 * Throws `VALIDATION` if it is no longer valid, for example for a time zone that this system does not know.
 */
export function readSchedule(cron: string, timezone: string): Schedule {
  if (cron.trim().split(/\s+/).length !== 6) {
    mustBeTimezone(timezone);
    const { text, fields, words } = parseCronExpression(cron);
    return scheduleOf(text, fields, timezone, words);
  }
  mustBeTimezone(timezone);
  try {
    return scheduleOf(cron, cron, timezone, wordsOf(cron));
  } catch (cause) {
    throw invalid([{ path: ['cron'], message: `is invalid: ${String(cause)}` }]);
  }
}

function scheduleOf(cron: string, fields: string, timezone: string, words: string): Schedule {
  const engine = new Cron(fields, {
    timezone,
    paused: true,
    mode: '5-or-6-parts',
    // Lists and ranges are set times, too, as in Vixie cron.
    fixedTimeRule: 'no-wildcard',
  });
  const next = (after: Date): Date | undefined => engine.nextRun(after) ?? undefined;
  return {
    cron,
    timezone,
    words,
    next,
    between: (after, upTo, limit) => {
      const found: Date[] = [];
      let at = next(after);
      while (at !== undefined && at <= upTo && found.length < limit) {
        found.push(at);
        at = next(at);
      }
      return found;
    },
  };
}

const ZONE = /^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/;
const MAX_ZONE_CHARACTERS = 100;

/** Throws `VALIDATION` at `timezone` unless this system knows the time zone by name. */
function mustBeTimezone(timezone: string): void {
  try {
    // An offset such as +02:00 is not a time zone: it has no daylight saving time.
    if (timezone.length > MAX_ZONE_CHARACTERS || !ZONE.test(timezone)) throw new RangeError('not a name');
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    const shown = JSON.stringify(timezone.slice(0, MAX_ZONE_CHARACTERS));
    throw invalid([
      {
        path: ['timezone'],
        message: `Unknown time zone ${shown}; use an IANA name such as Europe/Berlin or UTC`,
      },
    ]);
  }
}
