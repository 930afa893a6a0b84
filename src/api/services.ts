import type pg from 'pg';
import type { Log } from '../core/log.ts';
import type { Caller } from '../domain/permissions.ts';
import type { EventLog } from '../streams/log/event-log.ts';
import type { Streams } from '../streams/streams.ts';
import type { TaskContext } from '../tasks/context.ts';
import type { CronContext } from '../triggers/cron/context.ts';
import type { OutgoingContext } from '../webhooks-out/context.ts';

/** An agent of the configuration, as it is shown. */
export interface ShownAgent {
  readonly name: string;
  readonly model: string | null;
  readonly tools: readonly string[];
  /** True when the demo model answers for it. */
  readonly isDemo: boolean;
  /** False for a name that a task still carries and the configuration no longer has. */
  readonly isKnown: boolean;
}

/** What every API stands on: the contexts that use-cases take. `app/server.ts` joins it. */
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
  /** Live streams: replay, then live. */
  readonly streams: Streams;
  /** Calls `listener` after new steps of a task's runs; returns the way to stop. */
  readonly onSteps: (taskId: string, listener: () => void) => () => void;
  /** Calls `onEnd` once when the caller's key is revoked or expires; gives back the way to stop. */
  readonly watchKey: (caller: Caller, onEnd: (reason: string) => void) => () => void;
  readonly logger: Log;
}
