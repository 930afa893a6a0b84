import { sleep } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { backoffDelayMs } from '../../core/retry.ts';
import { mayComeRight } from '../../store/away.ts';

const BACKOFF = { firstDelayMs: 50, maxDelayMs: 1_000 };

/**
 * Calls `action`, which may safely be called again, until it succeeds: while the database is away a run waits, for as
 * long as it may run at all, rather than count as failed. Throws what cannot pass, and the last error once `signal` fires.
 */
export async function patiently<T>(
  action: () => Promise<T>,
  signal: AbortSignal,
  onWait: (reason: string, attempt: number) => void,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (!mayComeRight(error) || signal.aborted) throw error;
      onWait(messageOf(error), attempt);
      if (!(await sleep(backoffDelayMs(attempt, BACKOFF), signal))) throw error;
    }
  }
}

/** The SQLSTATE or system code of whatever `pg` threw; empty when it has none. */
export function sqlStateOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
