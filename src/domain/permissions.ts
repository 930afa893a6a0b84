import type { Actor } from './actor.ts';
import type { KeySource } from './source.ts';

export const ROLES = ['viewer', 'agent', 'member', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const ACTIONS = [
  'task.read',
  'task.create',
  /** start, complete, fail, ask, update */
  'task.move',
  'task.answer',
  'task.cancel',
  /** make, change, pause, fire and delete cron and webhook triggers; redeliver what came in */
  'trigger.manage',
  /** say where changes of tasks are sent to, outside this installation */
  'endpoint.manage',
  'key.manage',
] as const;
export type Action = (typeof ACTIONS)[number];

/** Who may what, whole. A role that lacks an action is refused before anything is read. */
export const RIGHTS = {
  viewer: ['task.read'],
  agent: ['task.read', 'task.create', 'task.move'],
  member: ['task.read', 'task.create', 'task.move', 'task.answer', 'task.cancel', 'trigger.manage'],
  admin: ACTIONS,
} as const satisfies Record<Role, readonly Action[]>;

/** Whoever calls a use-case: who they are on record and what they may do. */
export interface Caller {
  readonly actor: Actor;
  readonly role: Role;
  /** The API key behind the call, directly or through a background run; null for the system. */
  readonly keyId: string | null;
  /** What `createTask` may give as source; the first is the default. */
  readonly sources: readonly KeySource[];
  /** Set when an agent's run calls: the task and lease it works under. */
  readonly run: CallerRun | null;
}

export interface CallerRun {
  readonly taskId: string;
  readonly runId: string;
  readonly token: bigint;
}

export function may(role: Role, action: Action): boolean {
  return (RIGHTS[role] as readonly Action[]).includes(action);
}

/** A background run acts for the task's creator, capped at member: an admin's task does not make keys. */
export function roleOfRun(creator: Role): Role {
  return creator === 'admin' ? 'member' : creator;
}
