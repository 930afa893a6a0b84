import type pg from 'pg';
import { didNothing } from '../../../core/database-away.ts';
import { gatherer } from '../../../core/gather.ts';
import type { Log } from '../../../core/log.ts';
import { appendRunEvents, type RunEventsToAppend } from '../../../store/runs/append.ts';
import { retryTransient } from '../retry-transient.ts';

/**
 * Stores steps; gives false when the lease was lost and nothing was written. While the database is away it retries
 * until `signal` fires, and then throws the last error.
 */
export type AppendSteps = (item: RunEventsToAppend, signal: AbortSignal) => Promise<boolean>;

/** Writes the steps of all runs of a process: one statement for what has gathered while the last was under way. */
export function createStepWriter(pool: pg.Pool, log: Log): AppendSteps {
  const append = gatherer({
    flush: (items: readonly RunEventsToAppend[]) => appendRunEvents(pool, items),
    keysOf: (item) => [item.runId],
    mayTryAlone: didNothing,
  });
  return (item, signal) =>
    retryTransient(
      () => append(item),
      signal,
      (reason, attempt) => log.warn({ runId: item.runId, attempt, reason }, 'a step waits to be stored'),
    );
}
