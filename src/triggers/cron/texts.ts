import { CLOCK_CHANGE_RULE } from '../../domain/schedule.ts';
import { CHECK_TIMEOUT_MS } from './check.ts';
import { MOST_MADE_UP, MOST_MISSED_LISTED, ON_TIME_MS } from './missed.ts';
import { QUEUE_LIMIT } from './scan.ts';

/** How cron triggers behave, in the words of every face's descriptions; the figures are those that count. */
export const CRON_TEXTS = {
  cron: `Five fields (minute hour day month weekday) with numbers, names such as mon or jan, *, lists, ranges and steps; L alone as the day for the last one, fri#2 and friL as a weekday; or a macro: @hourly @daily @midnight @weekly @monthly @yearly @annually. When day and weekday are both given, either is enough. ${CLOCK_CHANGE_RULE}`,
  timezone:
    'The IANA time zone in which the expression is read, such as Europe/Berlin. UTC when nothing is said.',
  overlap: `What happens at a due moment while a task of this trigger is not final. skip: no task, and the occurrence says which one was in its way. queue: its task is made when the one before is final, the oldest first; ${QUEUE_LIMIT} wait at most, and those on top are skipped. allow: its task is made beside the other.`,
  misfire: `What becomes of due moments that nobody was there to notice within ${ON_TIME_MS / 1_000} s, after an outage. skip: none is made up. once: the last one, if it lies within the window. all: each within the window, the latest ${MOST_MADE_UP} at most. Those that are not made up are on record as skipped, the latest ${MOST_MISSED_LISTED}. What came while the trigger was paused is never made up.`,
  misfireWindow:
    'How long after its moment a missed occurrence is still made up. 6 hours when nothing is said.',
  check: `Asked with a GET before a task is made, with If-None-Match and If-Modified-Since from the last answer that made one. 2xx other than 204 goes on. 304 and 204 say that nothing changed. Any other answer, a redirect, or none within ${CHECK_TIMEOUT_MS / 1_000} s makes no task either, and is not asked again: the next occurrence asks. Each refusal is on record.`,
  fire: 'Makes a task now, by hand: also while the trigger is paused, beside a task that is not final, and without asking its check. Its schedule goes on as before.',
} as const;
