import { backoffDelayMs } from '../../../core/retry.ts';
import { agentActor, SYSTEM } from '../../../domain/actor.ts';
import type { NewEvent } from '../../../domain/events.ts';
import { RETRY } from '../../../domain/limits.ts';
import type { Task, TaskError } from '../../../domain/task.ts';
import type { TaskChange } from '../../../store/tasks/change.ts';
import type { SettledOutcome } from '../outcome.ts';
import type { ReleaseReason } from '../unit.ts';

/** A task as it was claimed, and the fencing token of its lease. */
export interface HeldTask {
  readonly task: Task;
  readonly token: bigint;
}

/** What an outcome changes in the task. */
export function changeFor(
  { task, token }: HeldTask,
  outcome: SettledOutcome,
  random = Math.random,
): TaskChange {
  const held = { id: task.id, from: 'in_progress', lease: { kind: 'held', token } } as const;
  const by = { actor: agentActor(task.agent ?? ''), runId: task.runId, reason: null };
  switch (outcome.kind) {
    case 'completed':
      return {
        ...held,
        to: 'completed',
        patch: { result: outcome.result },
        events: [{ ...by, type: 'task.completed', from: 'in_progress', to: 'completed', data: null }],
        endRun: { outcome: 'completed', error: null },
      };
    case 'failed':
      return failed({ code: outcome.code, message: outcome.message }, null);
    case 'retry': {
      const error = { code: outcome.code, message: outcome.message };
      const attempts = task.attempts + 1;
      if (attempts >= RETRY.maxAttempts) return failed(error, 'attempts_exhausted', attempts);
      const retryAfterMs =
        outcome.retryAfterMs === undefined
          ? backoffDelayMs(attempts, RETRY, random)
          : Math.min(outcome.retryAfterMs, RETRY.maxRetryAfterMs);
      const event: NewEvent = {
        ...by,
        type: 'run.retry_scheduled',
        from: null,
        to: null,
        reason: outcome.code,
        data: { ...error, attempt: attempts, retryAfterMs },
      };
      return {
        ...held,
        to: 'in_progress',
        patch: { attempts },
        retryAfterMs,
        events: [event],
        endRun: { outcome: 'retry', error },
      };
    }
  }

  function failed(error: TaskError, reason: string | null, attempts?: number): TaskChange {
    return {
      ...held,
      to: 'failed',
      patch: { error, ...(attempts !== undefined && { attempts }) },
      events: [{ ...by, reason, type: 'task.failed', from: 'in_progress', to: 'failed', data: error }],
      endRun: { outcome: 'failed', error },
    };
  }
}

/** A run that could not begin because the database was away is not started again immediately. */
const AWAY_DELAY_MS = 1_000;

/** Gives a task back unfinished; this counts as no attempt. */
export function releaseOf({ task, token }: HeldTask, reason: ReleaseReason): TaskChange {
  return {
    id: task.id,
    from: 'in_progress',
    to: 'in_progress',
    lease: { kind: 'held', token },
    patch: {},
    events: [
      {
        type: 'run.released',
        from: null,
        to: null,
        actor: SYSTEM,
        reason,
        runId: task.runId,
        data: null,
      },
    ],
    ...(reason === 'database_away' && { retryAfterMs: AWAY_DELAY_MS }),
    endRun: { outcome: 'released', error: null },
  };
}
