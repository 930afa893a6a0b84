import type { Actor } from './actor.ts';
import type { KeySource } from './source.ts';

export const ROLES = ['viewer', 'agent', 'member', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What each action allows, for the API's descriptions of the roles. */
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

/** The actions of each role. A caller whose role lacks an action is refused before anything is read. */
const PERMISSIONS = {
  viewer: ['task.read'],
  agent: ['task.read', 'task.create', 'task.move'],
  member: ['task.read', 'task.create', 'task.move', 'task.answer', 'task.cancel', 'trigger.manage'],
  admin: ACTIONS,
} as const satisfies Record<Role, readonly Action[]>;

/** Restrictions of a role within its actions. */
const ROLE_LIMITS: Partial<Record<Role, string>> = {
  agent: 'It changes only tasks that it created or took, and pending tasks that nobody has taken.',
};

/** What a role adds to the role before it, as sentences. Generated, so that it cannot become outdated. */
export function roleText(role: Role): string {
  const before = ROLES[ROLES.indexOf(role) - 1];
  const added = PERMISSIONS[role].filter((action) => !before || !may(before, action));
  const list = added.map((action) => ACTION_TEXTS[action]).join('; ');
  const limit = ROLE_LIMITS[role];
  return `${before ? 'Also ' : ''}${list}.${limit ? ` ${limit}` : ''}`.replace(/^./, (letter) =>
    letter.toUpperCase(),
  );
}

/** The caller of a use-case: who is recorded as the actor, and what that caller is allowed to do. */
export interface Caller {
  readonly actor: Actor;
  readonly role: Role;
  /** The API key behind the call, directly or through a background run; null for the system. */
  readonly keyId: string | null;
  /** The sources that `createTask` accepts from this caller; the first is the default. */
  readonly sources: readonly KeySource[];
  /** Set when the run of an agent calls: its task and lease. */
  readonly run: CallerRun | null;
}

export interface CallerRun {
  readonly taskId: string;
  readonly runId: string;
  readonly token: bigint;
}

export function may(role: Role, action: Action): boolean {
  return (PERMISSIONS[role] as readonly Action[]).includes(action);
}

/** A background run has the role of the task's creator, but at most member: a task of an admin cannot create keys. */
export function roleOfRun(creator: Role): Role {
  return creator === 'admin' ? 'member' : creator;
}
