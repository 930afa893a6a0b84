import type pg from 'pg';
import type { Log } from '../core/log.ts';
import type { OutgoingAllow } from '../guarded-http/allow.ts';

/** What the use-cases of endpoints and outgoing deliveries need. */
export interface OutgoingContext {
  /** The application's pool. */
  readonly pool: pg.Pool;
  readonly log: Log;
  /** What may be called although it is not public. */
  readonly allow: OutgoingAllow;
  /** Something may be due: this process's sender looks at once, others when they next do. */
  readonly wakeSender: () => void;
}
