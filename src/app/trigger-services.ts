import { createCronTrigger } from '../triggers/create-cron.ts';
import { createWebhookTrigger } from '../triggers/create-webhook.ts';
import { fireCronTrigger } from '../triggers/cron/fire-now.ts';
import { deleteTrigger } from '../triggers/delete.ts';
import type { ManageContext } from '../triggers/manage-context.ts';
import type { OutgoingContext } from '../triggers/outgoing/context.ts';
import { createWebhookEndpoint } from '../triggers/outgoing/create-endpoint.ts';
import { deleteWebhookEndpoint } from '../triggers/outgoing/delete-endpoint.ts';
import { listEndpoints, readEndpoint } from '../triggers/outgoing/read-endpoints.ts';
import { redeliverOutgoing } from '../triggers/outgoing/redeliver.ts';
import { updateWebhookEndpoint } from '../triggers/outgoing/update-endpoint.ts';
import { pauseTrigger } from '../triggers/pause.ts';
import { resumeTrigger } from '../triggers/resume.ts';
import { updateTrigger } from '../triggers/update.ts';
import type { TriggerServices } from '../triggers/use-cases.ts';
import { redeliverIncoming } from '../triggers/webhook/redeliver.ts';
import { fireWebhookTrigger } from '../triggers/webhook/test-fire.ts';
import { cronContext } from './cron.ts';

/** The use-cases of triggers, deliveries and endpoints as both faces call them. */
export function triggerServices(triggers: ManageContext, outgoing: OutgoingContext): TriggerServices {
  const cron = cronContext(triggers);
  return {
    triggers: {
      createCron: (caller, input) => createCronTrigger(triggers, caller, input),
      createWebhook: (caller, input) => createWebhookTrigger(triggers, caller, input),
      update: (caller, input) => updateTrigger(triggers, caller, input),
      pause: (caller, input) => pauseTrigger(triggers, caller, input),
      resume: (caller, input) => resumeTrigger(triggers, caller, input),
      delete: (caller, input) => deleteTrigger(triggers, caller, input),
      fireCron: (caller, input) => fireCronTrigger(cron, caller, input),
      fireWebhook: (caller, input) => fireWebhookTrigger(triggers, caller, input),
    },
    deliveries: {
      redeliverIncoming: (caller, input) => redeliverIncoming(triggers, caller, input),
      redeliverOutgoing: (caller, input) => redeliverOutgoing(outgoing, caller, input),
    },
    endpoints: {
      list: (caller) => listEndpoints(outgoing, caller),
      read: (caller, input) => readEndpoint(outgoing, caller, input),
      create: (caller, input) => createWebhookEndpoint(outgoing, caller, input),
      update: (caller, input) => updateWebhookEndpoint(outgoing, caller, input),
      delete: (caller, input) => deleteWebhookEndpoint(outgoing, caller, input),
    },
  };
}
