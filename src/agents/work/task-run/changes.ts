import { monotonicMs, sleep } from '../../../core/clock.ts';
import { messageOf, OperationError } from '../../../core/errors.ts';
import { backoffDelayMs } from '../../../core/retry.ts';
import { agentActor, SYSTEM } from '../../../domain/actor.ts';
import type { NewEvent } from '../../../domain/events.ts';
import { RETRY } from '../../../domain/limits.ts';
import type { Task, TaskError } from '../../../domain/task.ts';
import type { TaskChange } from '../../../store/tasks/change.ts';
import { isRefusedData, type TaskWriter } from '../../../tasks/commands/write.ts';
import type { ActiveRun } from '../../worker/active-unit.ts';
import type { RunOutcome } from '../handler.ts';

/** What an outcome makes of the task; undefined when there is nothing to write. */
export function changeFor(
  task: Task,
  token: bigint,
  outcome: RunOutcome,
  random = Math.random,
): TaskChange | undefined {
  const held = { id: task.id, from: 'in_progress', lease: { kind: 'held', token } } as const;
  const by = { actor: agentActor(task.agent ?? ''), runId: task.runId, reason: null };
  switch (outcome.kind) {
    case 'ended':
    case 'aborted':
      return undefined;
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

/** A run that could not begin, because the database could not be asked, is not begun again at once. */
const AWAY_DELAY_MS = 1_000;

/** Why a run ends without its task: the process stops, its agent is gone, or nobody may stand beside it. */
export type ReleaseReason = 'shutdown' | 'agent_unknown' | 'not_alone' | 'database_away';

/** Gives a task back unfinished, to be taken up at once by whoever is free; not an attempt. */
export function releaseOf(
  run: Pick<ActiveRun, 'task' | 'token'>,
  reason: ReleaseReason = 'shutdown',
): TaskChange {
  return {
    id: run.task.id,
    from: 'in_progress',
    to: 'in_progress',
    lease: { kind: 'held', token: run.token },
    patch: {},
    events: [
      {
        type: 'run.released',
        from: null,
        to: null,
        actor: SYSTEM,
        reason,
        runId: run.task.runId,
        data: null,
      },
    ],
    ...(reason === 'database_away' && { retryAfterMs: AWAY_DELAY_MS }),
    endRun: { outcome: 'released', error: null },
  };
}

/** Errors nobody foresaw are tried again this often; only the database's absence is waited out. */
const MAX_ATTEMPTS = 5;

/**
 * Writes a run's end, trying again while the database is away and the lease still holds. True when it was written;
 * false when the task had moved on or the lease was lost: then nothing was written, and somebody else has the task.
 * An end that the database refuses for what it says fails the task: tried again, it would be refused for ever.
 */
export async function writeEnd(
  writer: TaskWriter,
  run: Pick<ActiveRun, 'task' | 'token' | 'leaseEndsAtMs'>,
  change: TaskChange,
): Promise<boolean> {
  try {
    return await writeWithPatience(writer, run, change);
  } catch (error) {
    if (!isRefusedData(error)) throw error;
    const message = `The run's end could not be kept: ${messageOf(error).slice(0, 500)}`;
    const failed = changeFor(run.task, run.token, { kind: 'failed', code: 'unwritable_end', message });
    return failed !== undefined && (await writeWithPatience(writer, run, failed));
  }
}

async function writeWithPatience(
  writer: TaskWriter,
  run: Pick<ActiveRun, 'leaseEndsAtMs'>,
  change: TaskChange,
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await writer.change(change)) !== undefined;
    } catch (error) {
      const isAway = error instanceof OperationError && error.code === 'UNAVAILABLE';
      if (isRefusedData(error) || (!isAway && attempt >= MAX_ATTEMPTS)) throw error;
      const delayMs = backoffDelayMs(attempt, { firstDelayMs: 50, maxDelayMs: 1_000 });
      if (monotonicMs() + delayMs >= run.leaseEndsAtMs) throw error;
      await sleep(delayMs);
    }
  }
}
