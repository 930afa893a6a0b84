import { CLOCK_CHANGE_RULE } from '../../domain/schedule.ts';
import { CHECK_TIMEOUT_MS } from './check.ts';
import { MOST_MADE_UP, MOST_MISSED_LISTED, ON_TIME_MS } from './missed.ts';
import { QUEUE_LIMIT } from './scan.ts';

/** Descriptions of cron triggers for the APIs, with the limits that the code uses. */
export const CRON_TEXTS = {
  cron: `Five fields (minute hour day month weekday) with numbers, names such as mon or jan, *, lists, ranges and steps; L alone as the day for the last one, fri#2 and friL as a weekday; or a macro: @hourly @daily @midnight @weekly @monthly @yearly @annually. When day and weekday are both given, either is enough. ${CLOCK_CHANGE_RULE}`,
  timezone: 'The IANA time zone in which the expression is read, such as Europe/Berlin. Default: UTC.',
  overlap: `What happens at a due moment while a task of this trigger is not final. skip: no task is created, and the occurrence names the unfinished task. queue: the task is created when the earlier one is final, the oldest first; at most ${QUEUE_LIMIT} occurrences wait, and further ones are skipped. allow: the task is created at once.`,
  misfire: `What happens to due moments that no process handled within ${ON_TIME_MS / 1_000} s, for example during an outage. skip: none is made up. once: the last one is made up, if it lies within the window. all: each one within the window, at most the latest ${MOST_MADE_UP}. The others are recorded as skipped, at most the latest ${MOST_MISSED_LISTED}. Due moments during a pause are never made up.`,
  misfireWindow: 'How long after its due moment a missed occurrence is still made up. Default: 6 hours.',
  check: `A URL that is called with GET before a task is created, with If-None-Match and If-Modified-Since from the last answer that led to a task. After a 2xx other than 204 the task is created. 304 and 204 mean that nothing changed. Any other answer, a redirect, or no answer within ${CHECK_TIMEOUT_MS / 1_000} s also creates no task; there is no retry before the next occurrence. Each skipped occurrence is recorded with the reason.`,
  fire: 'Creates a task now, also while the trigger is paused or an earlier task is not final, and without calling the check URL. The schedule does not change.',
} as const;
