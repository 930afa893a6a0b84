import type pg from 'pg';
import type { Log } from '../core/log.ts';
import type { Caller } from '../domain/permissions.ts';
import type { EventLog } from '../streams/log/event-log.ts';
import type { Streams } from '../streams/streams.ts';
import type { TaskContext } from '../tasks/context.ts';
import type { CronContext } from '../triggers/cron/context.ts';
import type { OutgoingContext } from '../webhooks-out/context.ts';

/** An agent as the APIs show it. */
export interface ShownAgent {
  readonly name: string;
  readonly model: string | null;
  readonly tools: readonly string[];
  /** True if it uses the demo model. */
  readonly isDemo: boolean;
  /** False for an agent of a task that is no longer in the configuration. */
  readonly isKnown: boolean;
}

/** The contexts of the use-cases, for every API. `app/server.ts` assembles it. */
export interface ApiServices {
  /** The application's pool. */
  readonly pool: pg.Pool;
  readonly tasks: TaskContext;
  readonly triggers: CronContext;
  readonly webhooksOut: OutgoingContext;
  readonly log: EventLog;
  readonly agents: {
    get(name: string): ShownAgent | undefined;
    all(): readonly ShownAgent[];
  };
  /** Streams: first the missed items, then live ones. */
  readonly streams: Streams;
  /** Calls `listener` after new steps of a task's runs; returns the way to stop. */
  readonly onSteps: (taskId: string, listener: () => void) => () => void;
  /** Calls `onEnd` once when the caller's key is revoked or expires; returns the way to stop. */
  readonly watchKey: (caller: Caller, onEnd: (reason: string) => void) => () => void;
  readonly logger: Log;
}
