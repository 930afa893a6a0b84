import type pg from 'pg';
import type { Log } from '../core/log.ts';
import type { OutgoingAllow } from '../guarded-http/allow.ts';
import type { PubSub } from '../pubsub/port.ts';
import type { TaskContext } from '../tasks/context.ts';

/** What every use-case of triggers and incoming deliveries needs. */
export interface TriggerContext {
  /** The application's pool. */
  readonly pool: pg.Pool;
  readonly tasks: TaskContext;
  /** Gets a message on the topic `triggers` after each change of one, so that schedules are read again. */
  readonly pubsub: PubSub;
  /** What a check may ask although it is not public. */
  readonly outgoingAllow: OutgoingAllow;
  readonly log: Log;
}
