import { Refusal } from '../core/errors.ts';
import { mustBeAllowed } from '../domain/authorize.ts';
import type { NewEvent } from '../domain/events.ts';
import type { Caller, CallerRun } from '../domain/permissions.ts';
import { allowedMoves, isFinal, isLegalMove, type TaskStatus } from '../domain/status.ts';
import { hasLiveLease, type Task } from '../domain/task.ts';
import type { LeaseCondition } from '../store/tasks/change.ts';
import { readTask } from '../store/tasks/read.ts';
import type { TaskContext } from './context.ts';

export function notFound(id: string): Refusal {
  return new Refusal('NOT_FOUND', `Not found: task ${id}`);
}

export function illegalMove(task: Task, to: TaskStatus, hint = ''): Refusal {
  const allowed = allowedMoves(task.status);
  const next = allowed.length > 0 ? `use one of ${allowed.join(', ')}` : `${task.status} is final`;
  return new Refusal(
    'ILLEGAL_TRANSITION',
    `Illegal transition from ${task.status} to ${to}; ${next}.${hint}`,
    {
      from: task.status,
      to,
      allowed,
    },
  );
}

/** Throws `ILLEGAL_TRANSITION` with the allowed statuses, unless the transition is legal. */
export function mustBeLegal(task: Task, to: TaskStatus): void {
  if (!isLegalMove(task.status, to)) throw illegalMove(task, to);
}

/** Throws `VERSION_CONFLICT` if the caller expected another version. */
export function mustHaveVersion(task: Task, expected: number | undefined): void {
  if (expected === undefined || expected === task.version) return;
  throw new Refusal(
    'VERSION_CONFLICT',
    `The task is at version ${task.version}, not ${expected}; read it again and retry.`,
    {
      currentVersion: task.version,
    },
  );
}

export function leaseHeld(task: Task, heldBy: string, advice: string): Refusal {
  return new Refusal('LEASE_HELD', `${heldBy} holds this task; ${advice}`, {
    currentVersion: task.version,
    heldBy,
  });
}

/** True if the caller is the run of this task. */
export function isOwnRun(task: Task, caller: Caller): boolean {
  return caller.run !== null && caller.run.taskId === task.id;
}

function mustHold(own: Task, run: CallerRun): void {
  if (hasLiveLease(own) && own.lease?.token === run.token) return;
  throw leaseHeld(
    own,
    own.runId === run.runId ? 'No run' : `Run ${own.runId}`,
    'this run has lost its lease and cannot write any more.',
  );
}

/** Throws `LEASE_HELD` if the caller is a run that lost its lease: all its writes, to any task, are refused. */
export async function mustStillHold(tasks: TaskContext, caller: Caller): Promise<void> {
  const own = caller.run && (await readTask(tasks.pool, caller.run.taskId));
  if (caller.run && own) mustHold(own, caller.run);
}

/**
 * Who may change the status now: the run that holds the task; if none does, any caller with the permission.
 * A key of role `agent` may only change tasks that it took or created. Throws `LEASE_HELD` or `FORBIDDEN`.
 */
export function mayMove(task: Task, caller: Caller): LeaseCondition {
  mustBeAllowed(caller, 'task.move');
  if (caller.run && isOwnRun(task, caller)) {
    mustHold(task, caller.run);
    return { kind: 'held', token: caller.run.token };
  }
  if (hasLiveLease(task)) {
    throw leaseHeld(
      task,
      `Run ${task.runId}`,
      'only that run may change its status; cancel the task to stop the run.',
    );
  }
  const isFree = task.status === 'pending' && task.takenBy === null;
  const holds = isFree || [task.takenBy, task.createdBy.id].includes(caller.actor.id);
  if (caller.role === 'agent' && !holds) {
    throw new Refusal(
      'FORBIDDEN',
      `The role agent may only change tasks that it took or created; this task belongs to ${task.takenBy ?? task.agent ?? task.createdBy.name}.`,
    );
  }
  return { kind: 'free' };
}

/** Throws if the task is final and therefore cannot be changed. */
export function mustNotBeFinal(task: Task): void {
  if (!isFinal(task.status)) return;
  throw new Refusal(
    'ILLEGAL_TRANSITION',
    `The task is ${task.status}, which is final; it cannot be changed. Retry it to create a new task.`,
    {
      from: task.status,
      to: task.status,
      allowed: [],
    },
  );
}

/** The event of a status change by the caller. */
export function moveEvent<Type extends NewEvent['type']>(
  type: Type,
  move: { from: TaskStatus; to: TaskStatus },
  by: { caller: Caller; reason: string | undefined },
  data: Extract<NewEvent, { type: Type }>['data'],
): NewEvent {
  return {
    type,
    from: move.from,
    to: move.to,
    actor: by.caller.actor,
    reason: by.reason ?? null,
    runId: by.caller.run?.runId ?? null,
    data,
  } as NewEvent;
}
