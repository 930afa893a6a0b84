import { RETRY } from '../../domain/limits.ts';

/**
 * How long a provider asks to wait, in milliseconds from 0 to `RETRY.maxRetryAfterMs`: `retry-after-ms`, else
 * `retry-after` in seconds or as a date. Undefined when there is neither, or neither is valid.
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
  // Only a date as HTTP writes it: `Date.parse` accepts almost any text, such as `-5`.
  const date = text !== null && /^\s*[A-Z][a-z]{2,8}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : capped(date - nowMs);
}

function readNumber(text: string | null): number | undefined {
  return text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

function capped(delayMs: number): number {
  return Math.min(RETRY.maxRetryAfterMs, Math.max(0, Math.ceil(delayMs)));
}
