import type { TriggerServices } from '../deliveries/use-cases.ts';
import { createCronTrigger } from '../triggers/commands/create-cron.ts';
import { createWebhookTrigger } from '../triggers/commands/create-webhook.ts';
import { deleteTrigger } from '../triggers/commands/delete.ts';
import { pauseTrigger } from '../triggers/commands/pause.ts';
import { resumeTrigger } from '../triggers/commands/resume.ts';
import { updateTrigger } from '../triggers/commands/update.ts';
import { fireCronTrigger } from '../triggers/cron/fire-now.ts';
import type { ManageContext } from '../triggers/manage-context.ts';
import { redeliverIncoming } from '../triggers/webhook/redeliver.ts';
import { fireWebhookTrigger } from '../triggers/webhook/test-fire.ts';
import { createWebhookEndpoint } from '../webhooks-out/commands/create-endpoint.ts';
import { deleteWebhookEndpoint } from '../webhooks-out/commands/delete-endpoint.ts';
import { redeliverOutgoing } from '../webhooks-out/commands/redeliver.ts';
import { updateWebhookEndpoint } from '../webhooks-out/commands/update-endpoint.ts';
import type { OutgoingContext } from '../webhooks-out/context.ts';
import { listEndpoints, readEndpoint } from '../webhooks-out/queries/endpoints.ts';
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
