import { CLOCK_CHANGE_RULE } from '../../domain/schedule.ts';
import { CHECK_TIMEOUT_MS } from './check.ts';
import { MOST_MADE_UP, MOST_MISSED_LISTED, ON_TIME_MS } from './missed.ts';
import { QUEUE_LIMIT } from './scan.ts';

/** How cron triggers behave, for the descriptions of the APIs. The numbers are those that the code uses. */
export const CRON_TEXTS = {
  cron: `Five fields (minute hour day month weekday) with numbers, names such as mon or jan, *, lists, ranges and steps; L alone as the day for the last one, fri#2 and friL as a weekday; or a macro: @hourly @daily @midnight @weekly @monthly @yearly @annually. If day and weekday are both restricted, one match is enough. ${CLOCK_CHANGE_RULE}`,
  timezone: 'The IANA time zone in which the expression is read, such as Europe/Berlin. Default: UTC.',
  overlap: `What happens at a due moment while a task of this trigger is not final. skip: no task, and the occurrence names the other task. queue: its task is created when the task before it is final, the oldest first; at most ${QUEUE_LIMIT} wait, and further ones are skipped. allow: its task is created; both can run at the same time.`,
  misfire: `What happens to due moments that no process noticed within ${ON_TIME_MS / 1_000} s, such as after an outage. skip: none is made up. once: the last one, if it is within the window. all: each within the window, at most the latest ${MOST_MADE_UP}. Those that are not made up are recorded as skipped, at most the latest ${MOST_MISSED_LISTED}. Moments while the trigger was paused are never made up.`,
  misfireWindow:
    'How long after its due moment a missed occurrence is still made up, in seconds. Default: 21600.',
  check: `A URL that gets a GET before a task is created, with If-None-Match and If-Modified-Since from the last response that led to a task. 2xx other than 204: the task is created. 304 and 204: nothing changed, no task. Any other response, a redirect, or none within ${CHECK_TIMEOUT_MS / 1_000} s: no task and no retry; the next occurrence checks again. Each refusal is recorded.`,
  fire: 'Creates a task now: also while the trigger is paused, while another task is not final, and without its check. The schedule does not change.',
} as const;
