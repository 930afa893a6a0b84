import type pg from 'pg';
import type { Log } from '../core/log.ts';
import type { OutgoingAllow } from '../guarded-http/allow.ts';

/** What the use-cases of endpoints and outgoing deliveries need. */
export interface OutgoingContext {
  /** The application's pool. */
  readonly pool: pg.Pool;
  readonly log: Log;
  /** Hosts that may be called although they are not public. */
  readonly allow: OutgoingAllow;
  /** A wake-up for this process's sender; other processes find due deliveries at their next poll. */
  readonly wakeSender: () => void;
}
