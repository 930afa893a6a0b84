import type { Actor } from './actor.ts';
import type { TaskSource } from './source.ts';
import type { TaskStatus } from './status.ts';

/** An external URL that receives changes of tasks: each matching status change is one delivery. */
export interface WebhookEndpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** Only changes to these statuses; empty: all. */
  readonly statuses: readonly TaskStatus[];
  /** Only tasks of these agents; empty: all, also tracked ones. */
  readonly agents: readonly string[];
  /** Only tasks from these sources; empty: all. */
  readonly sources: readonly TaskSource[];
  /** Each of them signs; there are two during a rotation. Shown only at creation, never logged. */
  readonly secrets: readonly string[];
  readonly createdBy: Actor;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Set while nothing is sent: switched off by hand, after repeated failures, or after a response 410. */
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
  /** The first failed attempt since the last successful one. */
  readonly failingSince: Date | null;
  readonly deletedAt: Date | null;
}
