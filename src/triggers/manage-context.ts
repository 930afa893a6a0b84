import type { TriggerContext } from './context.ts';
import type { OutgoingAllow } from './outbound/allow.ts';

/** What the use-cases need that make and change triggers. */
export interface ManageContext extends TriggerContext {
  /** What a check may ask although it is not public. */
  readonly outgoingAllow: OutgoingAllow;
}
