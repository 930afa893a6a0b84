import type { OutgoingAllow } from '../guarded-http/allow.ts';
import type { TriggerContext } from '../triggers/context.ts';

/** What the use-cases of endpoints and outgoing deliveries need. */
export interface OutgoingContext extends TriggerContext {
  /** What may be called although it is not public. */
  readonly allow: OutgoingAllow;
  /** Something may be due: this process's sender looks at once, others when they next do. */
  readonly wakeSender: () => void;
}
