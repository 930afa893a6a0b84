import type { Actor } from './actor.ts';
import type { KeySource } from './source.ts';

export const ROLES = ['viewer', 'agent', 'member', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What each action is, as the API's description of a role has it. */
const ACTION_TEXTS = {
  'task.read': 'reads everything but API keys',
  'task.create': 'creates and retries tasks',
  'task.move': 'starts, updates, completes and fails tasks, and asks questions',
  'task.answer': 'answers questions',
  'task.cancel': 'cancels tasks',
  'trigger.manage': 'creates, changes, fires and deletes triggers, and redelivers incoming webhooks',
  'endpoint.manage': 'manages webhook endpoints, which send changes of tasks out, and redelivers to them',
  'key.manage': 'manages API keys',
} as const;
export type Action = keyof typeof ACTION_TEXTS;
export const ACTIONS = Object.keys(ACTION_TEXTS) as Action[];

/** Who may what, whole. A role that lacks an action is refused before anything is read. */
const RIGHTS = {
  viewer: ['task.read'],
  agent: ['task.read', 'task.create', 'task.move'],
  member: ['task.read', 'task.create', 'task.move', 'task.answer', 'task.cancel', 'trigger.manage'],
  admin: ACTIONS,
} as const satisfies Record<Role, readonly Action[]>;

/** What a role is limited to within its actions. */
const ROLE_LIMITS: Partial<Record<Role, string>> = {
  agent: 'Of tasks, it changes only those that it created or took, and pending ones that nobody took.',
};

/** What a role may do, in sentences: what it adds to the role before it. Generated, so that it cannot become stale. */
export function roleText(role: Role): string {
  const before = ROLES[ROLES.indexOf(role) - 1];
  const added = RIGHTS[role].filter((action) => !before || !may(before, action));
  const list = added.map((action) => ACTION_TEXTS[action]).join('; ');
  const limit = ROLE_LIMITS[role];
  return `${before ? 'Also ' : ''}${list}.${limit ? ` ${limit}` : ''}`.replace(/^./, (letter) =>
    letter.toUpperCase(),
  );
}

/** Whoever calls a use-case: who is recorded as the actor, and what they may do. */
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
