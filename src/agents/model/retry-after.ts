/** The longest a provider's Retry-After is honoured (design: "Work"). */
export const MAX_RETRY_AFTER_MS = 10 * 60 * 1000;

/**
 * How long a provider asks to wait, in milliseconds from 0 to `MAX_RETRY_AFTER_MS`: `retry-after-ms`, else
 * `retry-after` in seconds or as a date. Undefined without either, or when neither can be read.
 */
export function retryAfterMs(
  header: (name: string) => string | null,
  nowMs: number = Date.now(),
): number | undefined {
  const milliseconds = readNumber(header('retry-after-ms'));
  if (milliseconds !== undefined) return capped(milliseconds);
  const text = header('retry-after');
  const seconds = readNumber(text);
  if (seconds !== undefined) return capped(seconds * 1000);
  // Only the date of HTTP: `Date.parse` reads almost anything, `-5` as a month.
  const date = text !== null && /^\s*[A-Z][a-z]{2,8}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : capped(date - nowMs);
}

function readNumber(text: string | null): number | undefined {
  return text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

function capped(delayMs: number): number {
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(0, Math.ceil(delayMs)));
}
