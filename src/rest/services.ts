import type pg from 'pg';
import type { Log } from '../core/log.ts';
import type { TriggerServices } from '../deliveries/use-cases.ts';
import type { Caller } from '../domain/permissions.ts';
import type { EventLog } from '../streams/log/event-log.ts';
import type { TaskContext } from '../tasks/context.ts';
import type { Admit, Received, WebhookRequest } from '../triggers/webhook/receive.ts';

/** An agent of the configuration, as it is shown. */
export interface ShownAgent {
  readonly name: string;
  readonly model: string | null;
  readonly tools: readonly string[];
  /** True when the demo model answers for it. */
  readonly isDemo: boolean;
}

/** One step of a limit that all instances count together. */
export interface Taken {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds: number;
  /** Until the window begins anew. */
  readonly resetSeconds: number;
}

/** What the REST face stands on; `app/server.ts` joins it. */
export interface RestServices extends TriggerServices {
  readonly pool: pg.Pool;
  readonly tasks: TaskContext;
  readonly log: EventLog;
  readonly agents: { all(): readonly ShownAgent[] };
  /** Throws what it refuses with; see `routes/webhooks.ts` for what each becomes. */
  readonly receiveWebhook: (request: WebhookRequest, admit: Admit) => Promise<Received>;
  /** Counts one request of whoever `key` names; undefined when nothing is limited. */
  readonly takeFromLimit: (key: string) => Promise<Taken | undefined>;
  /** Calls `onEnd` once when the caller's key is revoked or expires; gives back the way to stop. */
  readonly watchKey: (caller: Caller, onEnd: (reason: string) => void) => () => void;
  readonly logger: Log;
}
