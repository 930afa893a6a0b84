import { OperationError } from '../core/errors.ts';
import type { Services } from '../graphql/services.ts';
import type { TriggerContext } from '../triggers/context.ts';
import type { OutgoingAllow } from '../triggers/outbound/allow.ts';

/** The use-cases of triggers, deliveries and endpoints as the API calls them. */
export function triggerServices(
  _context: TriggerContext & { readonly outgoingAllow: OutgoingAllow },
): Pick<Services, 'triggers' | 'deliveries' | 'endpoints'> {
  const notYet = (): never => {
    throw new OperationError('UNAVAILABLE', 'This is not joined yet.');
  };
  return {
    triggers: {
      createCron: notYet,
      createWebhook: notYet,
      update: notYet,
      pause: notYet,
      resume: notYet,
      delete: notYet,
      fireCron: notYet,
      fireWebhook: notYet,
      preview: notYet,
      moments: notYet,
    },
    deliveries: { redeliverIncoming: notYet, redeliverOutgoing: notYet },
    endpoints: { list: notYet, read: notYet, create: notYet, update: notYet, delete: notYet },
  };
}
