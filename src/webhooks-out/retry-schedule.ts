const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The waits after failed attempts; there is one more attempt than waits. */
export type RetrySchedule = readonly number[];

/** As Standard Webhooks recommends: ten attempts over about three days. */
export const STANDARD_SCHEDULE: RetrySchedule = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** A fraction of the wait, so that deliveries that failed together are not retried together. */
const JITTER = 0.1;
/** The longest wait that a receiver may ask for. */
const MAX_RETRY_AFTER_MS = 24 * HOUR;

/** The wait after attempt `tries`, with 10 % jitter, no shorter than the receiver asked for; null after the last. */
export function retryInMs(
  schedule: RetrySchedule,
  tries: number,
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number | null {
  const wait = schedule[tries - 1];
  if (wait === undefined) return null;
  const jittered = Math.round(wait * (1 - JITTER + 2 * JITTER * random()));
  return Math.max(jittered, Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS));
}

/** `Retry-After` in milliseconds from `now`: seconds or an HTTP date; undefined for anything else. */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text) * SECOND;
  // Only the date format of HTTP: `Date.parse` accepts many others.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
