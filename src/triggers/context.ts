import type pg from 'pg';
import type { Log } from '../core/log.ts';
import type { OutgoingAllow } from '../guarded-http/allow.ts';
import type { PubSub } from '../pubsub/port.ts';
import type { TaskContext } from '../tasks/context.ts';

/** What each use-case of triggers and incoming deliveries needs. */
export interface TriggerContext {
  /** The application's pool. */
  readonly pool: pg.Pool;
  readonly tasks: TaskContext;
  /** Each change of a trigger is published on the topic `triggers`, so that schedules are read again. */
  readonly pubsub: PubSub;
  /** Hosts that a check may call although they are not public. */
  readonly outgoingAllow: OutgoingAllow;
  readonly log: Log;
}
