import type { AgentCatalogue } from '../agents/config/load.ts';
import type { Auth } from '../auth/auth.ts';
import type { Log } from '../core/log.ts';
import type { PubSub } from '../pubsub/port.ts';
import type { Scheduler } from '../scheduler/port.ts';
import type { Store } from '../store/store.ts';
import type { EventLog } from '../streams/log/event-log.ts';
import type { TaskContext } from '../tasks/context.ts';
import type { CronContext } from '../triggers/cron/context.ts';
import type { OwnModels } from './models.ts';

/** The parts from which the worker and the server are built. */
export interface Parts {
  readonly store: Store;
  readonly pubsub: PubSub;
  readonly auth: Auth;
  readonly agents: AgentCatalogue;
  readonly models: OwnModels;
  readonly tasks: TaskContext;
  readonly triggers: CronContext;
  readonly eventLog: EventLog;
  readonly scheduler: Scheduler;
  readonly log: Log;
}
