import type { Actor } from './actor.ts';
import type { TaskSource } from './source.ts';
import type { TaskStatus } from './status.ts';

/** Where changes of tasks are told to: each status change that matches is one delivery. */
export interface WebhookEndpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** Told when a task comes to one of these; empty: all. */
  readonly statuses: readonly TaskStatus[];
  /** Only tasks of these agents; empty: all, and tracked ones too. */
  readonly agents: readonly string[];
  /** Only tasks from these sources; empty: all. */
  readonly sources: readonly TaskSource[];
  /** It is signed with each of them; two while one replaces the other. Never shown again, never logged. */
  readonly secrets: readonly string[];
  readonly createdBy: Actor;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Set while nothing is sent: switched off by hand, after repeated failure, or because it answered 410. */
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
  /** The first failed try since the last that was taken. */
  readonly failingSince: Date | null;
  readonly deletedAt: Date | null;
}
