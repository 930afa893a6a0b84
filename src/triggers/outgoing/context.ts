import type { TriggerContext } from '../context.ts';
import type { OutgoingAllow } from '../outbound/allow.ts';

/** What the use-cases of endpoints and outgoing deliveries need. */
export interface OutgoingContext extends TriggerContext {
  /** What may be called although it is not public. */
  readonly allow: OutgoingAllow;
  /** Something may be due: this process's sender looks at once, others when they next do. */
  readonly wakeSender: () => void;
}
