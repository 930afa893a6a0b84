import type { Actor } from './actor.ts';
import type { TaskSource } from './source.ts';
import { isFinal, type TaskStatus } from './status.ts';

/** Why a task failed: a short code for programs and a message for people. */
export interface TaskError {
  readonly code: string;
  readonly message: string;
}

/** The exclusive right of one run to change a task's status, until `until` on the database's clock. */
export interface Lease {
  /** The worker's id. */
  readonly owner: string;
  readonly token: bigint;
  readonly until: Date;
}

/** The fields that a caller sets: when the task is created, and later while it is not final. */
export interface TaskFields {
  readonly title: string;
  readonly description: string | null;
  /** The agent that executes it in the background; null: tracked, moved by a person or a program. */
  readonly agent: string | null;
  readonly priority: number;
  /** No run starts before this moment; null: at once. */
  readonly notBefore: Date | null;
}

/** The defaults of a new task. */
export const TASK_DEFAULTS: Omit<TaskFields, 'title'> = {
  description: null,
  agent: null,
  priority: 0,
  notBefore: null,
};

/** The fields that a caller sets, of a task that exists. */
export function fieldsOf({ title, description, agent, priority, notBefore }: TaskFields): TaskFields {
  return { title, description, agent, priority, notBefore };
}

/** The current state of a task. `version` is the seq of its last event. */
export interface Task extends TaskFields {
  readonly id: string;
  readonly status: TaskStatus;
  readonly version: number;
  readonly source: TaskSource;
  readonly createdBy: Actor;
  /** The API key whose permissions a background run of this task has; null: the system created it. */
  readonly actsFor: string | null;
  readonly parentId: string | null;
  readonly depth: number;
  readonly retryOf: string | null;
  /** The id of the actor who started a tracked task. */
  readonly takenBy: string | null;
  /** Runs that failed since the last answer. */
  readonly attempts: number;
  readonly lostLeases: number;
  readonly runId: string | null;
  readonly runNumber: number;
  readonly lease: Lease | null;
  /** The open input request, while the task is in `needs_input`. */
  readonly inputRequestId: string | null;
  /** The trigger that created it. */
  readonly triggerId: string | null;
  readonly result: unknown;
  readonly error: TaskError | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
  /** The database's time of the read; `lease` and `notBefore` are compared with it. */
  readonly readAt: Date;
}

/** True while a run holds the task: only that run may change its status, except for a cancellation. */
export function hasLiveLease(task: {
  readonly lease: Pick<Lease, 'until'> | null;
  readonly readAt: Date;
}): boolean {
  return task.lease !== null && task.lease.until > task.readAt;
}

/** Why nothing executes a task now. */
export const WAITING_REASONS = [
  'tracked',
  'not_before',
  'waiting_for_worker',
  'agent_unknown',
  'waiting_for_input',
  'waiting_for_retry',
  'lease_lost',
] as const;
export type WaitingReason = (typeof WAITING_REASONS)[number];

/** What the reason follows from. */
export interface Waiting extends Pick<Task, 'status' | 'agent' | 'notBefore' | 'readAt'> {
  readonly lease: Pick<Lease, 'until'> | null;
}

/** Why a task is not running; null while it runs and when it is final. */
export function waitingReason(task: Waiting, isKnownAgent: (name: string) => boolean): WaitingReason | null {
  if (isFinal(task.status) || hasLiveLease(task)) return null;
  if (task.status === 'needs_input') return 'waiting_for_input';
  if (task.agent === null) return task.status === 'pending' ? 'tracked' : null;
  if (!isKnownAgent(task.agent)) return 'agent_unknown';
  if (task.notBefore !== null && task.notBefore > task.readAt) {
    return task.status === 'pending' ? 'not_before' : 'waiting_for_retry';
  }
  return task.lease === null ? 'waiting_for_worker' : 'lease_lost';
}
