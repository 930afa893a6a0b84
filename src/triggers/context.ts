import type pg from 'pg';
import type { Log } from '../core/log.ts';
import type { PubSub } from '../pubsub/port.ts';
import type { TaskContext } from '../tasks/context.ts';

/** What every use-case of triggers, deliveries and endpoints needs. */
export interface TriggerContext {
  /** The application's pool. */
  readonly pool: pg.Pool;
  readonly tasks: TaskContext;
  /** Told on the topic `triggers` whenever one was changed, so that schedules are looked at anew. */
  readonly pubsub: PubSub;
  readonly log: Log;
}
