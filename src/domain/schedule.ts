import { Cron } from 'croner';
import { invalid } from '../core/errors.ts';
import { parseCronExpression, wordsOf } from './cron-expression.ts';

/**
 * A cron expression in a time zone, and when it is due.
 *
 * **Days.** When day and weekday are both given (neither is `*`), either is enough: `0 0 13 * fri` is due on every
 * 13th and on every Friday. Otherwise both must match, as in every cron.
 *
 * **Clocks put forward or back.** An expression whose minute and hour are set times (numbers, lists and ranges:
 * no `*` and no step) keeps to the clock on the wall: a time that the change removes is due at the first moment after
 * the gap, and one that it repeats is due once, the first time. `30 2 * * *` in New York is due at 03:00 on
 * 2026-03-08; `30 1 * * *` at the first 01:30 on 2026-11-01. Two set times that fall together in a gap are one.
 * An expression with `*` or a step in its minute or hour keeps to the time that passes: it is due at each real moment
 * whose clock reads so, in a repeated hour both times, and not at all in a removed one: every 20 minutes of hour 2
 * (`*\/20 2 * * *`) in Berlin comes not at all on 2026-03-29.
 */
export interface Schedule {
  readonly cron: string;
  readonly timezone: string;
  /** The first due moment after `after`, which need not be one; undefined when none ever comes. */
  next(after: Date): Date | undefined;
  /** The due moments after `after` up to and with `upTo`, oldest first; the first `limit` of them. */
  between(after: Date, upTo: Date, limit: number): readonly Date[];
  /** Such as "At 02:00, Monday through Friday"; without the zone. */
  readonly words: string;
}

/** For people: the rule about the hours that a change of clocks removes or repeats, as the texts of each face say it. */
export const CLOCK_CHANGE_RULE =
  'When clocks are put forward or back: a schedule of set times (no * and no step in minute and hour) comes at the first moment after the gap when its time is left out, and once, the first time, when its time is repeated. A schedule with * or a step in minute or hour goes by the time that passes: it comes in both of two repeated hours, and not for times that are left out.';

/**
 * Reads what a person gives: five fields or a macro such as `@daily`, and an IANA time zone.
 * Throws `VALIDATION` at `cron` or `timezone`, also for what never comes.
 */
export function parseSchedule(cron: string, timezone: string): Schedule {
  mustBeTimezone(timezone);
  const { text, fields, words } = parseCronExpression(cron);
  const schedule = reckoned(text, fields, timezone, words);
  if (schedule.next(new Date()) === undefined) {
    throw invalid([{ path: ['cron'], message: 'never comes: there is no such day in such a month' }]);
  }
  return schedule;
}

/**
 * Reads what is stored already; beside what a person may give it takes six fields, with seconds first.
 * Throws `VALIDATION` when it can be read no more, such as for a zone that this system does not know.
 */
export function readSchedule(cron: string, timezone: string): Schedule {
  if (cron.trim().split(/\s+/).length !== 6) {
    mustBeTimezone(timezone);
    const { text, fields, words } = parseCronExpression(cron);
    return reckoned(text, fields, timezone, words);
  }
  mustBeTimezone(timezone);
  try {
    return reckoned(cron, cron, timezone, wordsOf(cron));
  } catch (cause) {
    throw invalid([{ path: ['cron'], message: `cannot be read: ${String(cause)}` }]);
  }
}

function reckoned(cron: string, fields: string, timezone: string, words: string): Schedule {
  const engine = new Cron(fields, {
    timezone,
    paused: true,
    mode: '5-or-6-parts',
    // Lists and ranges are set times, too, as in the cron that everybody knows.
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

/** Throws `VALIDATION` at `timezone` unless this system knows the zone by name. */
export function mustBeTimezone(timezone: string): void {
  try {
    // Offsets such as +02:00 are no zones: they know no change of clocks.
    if (timezone.length > MAX_ZONE_CHARACTERS || !ZONE.test(timezone)) throw new RangeError('not a name');
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    const shown = JSON.stringify(timezone.slice(0, MAX_ZONE_CHARACTERS));
    throw invalid([
      {
        path: ['timezone'],
        message: `${shown} is no time zone; give an IANA name such as Europe/Berlin or UTC`,
      },
    ]);
  }
}
