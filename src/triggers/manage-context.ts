import type { OutgoingAllow } from '../guarded-http/allow.ts';
import type { TriggerContext } from './context.ts';

/** What the use-cases need that make and change triggers. */
export interface ManageContext extends TriggerContext {
  /** What a check may ask although it is not public. */
  readonly outgoingAllow: OutgoingAllow;
}
