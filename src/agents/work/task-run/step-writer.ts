import type pg from 'pg';
import { gatherer } from '../../../core/gather.ts';
import type { Log } from '../../../core/log.ts';
import { appendRunEvents, type RunEventsToAppend } from '../../../store/runs/append.ts';
import { patiently, sqlStateOf } from '../retry-transient.ts';

/** Writes the steps of all runs of a process: one statement for what has gathered while the last was under way. */
export interface Recorder {
  /**
   * Puts steps on record; gives false when the lease was lost and nothing was written. While the database is away it
   * tries again until `signal` fires, and then throws what was in the way.
   */
  append(item: RunEventsToAppend, taskId: string, signal: AbortSignal): Promise<boolean>;
}

export interface RecorderOptions {
  readonly pool: pg.Pool;
  /** A hint that a task's record has grown; losing one costs a watcher time, never a step. */
  readonly onAppended: (taskId: string) => void;
  readonly log: Log;
}

export function createRecorder({ pool, onAppended, log }: RecorderOptions): Recorder {
  const append = gatherer({
    flush: (items: readonly RunEventsToAppend[]) => appendRunEvents(pool, items),
    keysOf: (item) => [item.runId],
    mayTryAlone: (error) => /^(22|23|40)/.test(sqlStateOf(error)),
  });

  return {
    async append(item, taskId, signal) {
      const isHeld = await patiently(
        () => append(item),
        signal,
        (reason, attempt) => log.warn({ runId: item.runId, attempt, reason }, 'a step waits to go on record'),
      );
      if (isHeld) onAppended(taskId);
      return isHeld;
    },
  };
}
