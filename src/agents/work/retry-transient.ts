import { isTemporary } from '../../core/database-away.ts';
import { messageOf } from '../../core/errors.ts';
import { retry } from '../../core/retry.ts';

const BACKOFF = { firstDelayMs: 50, maxDelayMs: 1_000 };

/**
 * Repeats `action`, which must be safe to repeat, while its errors are transient. While the database is away a unit
 * waits, for as long as it may run at all, instead of counting as failed. Throws any other error at once, and the last
 * error when `signal` fires.
 */
export function retryTransient<T>(
  action: () => Promise<T>,
  signal: AbortSignal,
  onRetry: (reason: string, attempt: number) => void,
): Promise<T> {
  const shouldRetry = ({ error, attempt }: { error: unknown; attempt: number }): boolean => {
    if (signal.aborted || !isTemporary(error)) return false;
    onRetry(messageOf(error), attempt);
    return true;
  };
  return retry({ backoff: BACKOFF, shouldRetry, signal }, action);
}
