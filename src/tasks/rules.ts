import { Refusal } from '../core/errors.ts';
import type { NewEvent } from '../domain/events.ts';
import { type Action, type Caller, type CallerRun, may } from '../domain/permissions.ts';
import { allowedMoves, isFinal, isLegalMove, type TaskStatus } from '../domain/status.ts';
import { hasLiveLease, type Task } from '../domain/task.ts';
import type { LeaseCondition } from '../store/tasks/change.ts';
import { readTask } from '../store/tasks/read.ts';
import type { TaskContext } from './context.ts';

export function notFound(id: string): Refusal {
  return new Refusal('NOT_FOUND', `There is no task ${id}.`);
}

/** Throws `FORBIDDEN` unless the caller's role has the right. */
export function mustBeAllowed(caller: Caller, action: Action): void {
  if (may(caller.role, action)) return;
  throw new Refusal('FORBIDDEN', `The role ${caller.role} may not do this (${action}).`);
}

export function illegalMove(task: Task, to: TaskStatus, hint = ''): Refusal {
  const allowed = allowedMoves(task.status);
  const next = allowed.length > 0 ? `it may become ${allowed.join(', ')}` : 'that is final';
  return new Refusal(
    'ILLEGAL_TRANSITION',
    `A task that is ${task.status} cannot become ${to}: ${next}.${hint}`,
    {
      from: task.status,
      to,
      allowed,
    },
  );
}

/** Throws `ILLEGAL_TRANSITION` with what would be allowed, unless the table has the move. */
export function mustBeLegal(task: Task, to: TaskStatus): void {
  if (!isLegalMove(task.status, to)) throw illegalMove(task, to);
}

/** Throws `VERSION_CONFLICT` when the caller expected another version. */
export function mustHaveVersion(task: Task, expected: number | undefined): void {
  if (expected === undefined || expected === task.version) return;
  throw new Refusal(
    'VERSION_CONFLICT',
    `The task is at version ${task.version}, not ${expected}: read it again.`,
    {
      currentVersion: task.version,
    },
  );
}

export function leaseHeld(task: Task, heldBy: string, advice: string): Refusal {
  return new Refusal('LEASE_HELD', `${heldBy} holds this task: ${advice}`, {
    currentVersion: task.version,
    heldBy,
  });
}

/** True when the caller is the very run that the task is leased to. */
export function isOwnRun(task: Task, caller: Caller): boolean {
  return caller.run !== null && caller.run.taskId === task.id;
}

function mustHold(own: Task, run: CallerRun): void {
  if (hasLiveLease(own) && own.lease?.token === run.token) return;
  throw leaseHeld(
    own,
    own.runId === run.runId ? 'Nobody' : `Run ${own.runId}`,
    'the lease of this run is lost, and it writes nothing any more.',
  );
}

/** Throws `LEASE_HELD` when the caller is a run whose lease is lost: then its writes, to whatever task, were refused. */
export async function mustStillHold(tasks: TaskContext, caller: Caller): Promise<void> {
  const own = caller.run && (await readTask(tasks.pool, caller.run.taskId));
  if (caller.run && own) mustHold(own, caller.run);
}

/**
 * Who may move the task now: the run that holds it; while none does, whoever has the right.
 * A key of role `agent` moves only what it took or made. Throws `LEASE_HELD` or `FORBIDDEN`.
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
      'only that run moves it until it ends; to stop it, cancel the task.',
    );
  }
  const isFree = task.status === 'pending' && task.takenBy === null;
  const holds = isFree || [task.takenBy, task.createdBy.id].includes(caller.actor.id);
  if (caller.role === 'agent' && !holds) {
    throw new Refusal(
      'FORBIDDEN',
      `The role agent moves only what it took or made; this task is with ${task.takenBy ?? task.agent ?? 'nobody'}.`,
    );
  }
  return { kind: 'free' };
}

/** Throws unless the task can still change. */
export function mustNotBeFinal(task: Task): void {
  if (!isFinal(task.status)) return;
  throw new Refusal(
    'ILLEGAL_TRANSITION',
    `A task that is ${task.status} is final: nothing about it changes any more.`,
    {
      from: task.status,
      to: task.status,
      allowed: [],
    },
  );
}

/** The event of a move by the caller. */
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
