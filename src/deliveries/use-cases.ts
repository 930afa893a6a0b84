import type { IncomingDelivery, OutgoingDelivery } from '../domain/delivery.ts';
import type { WebhookEndpoint } from '../domain/endpoint.ts';
import type { Caller } from '../domain/permissions.ts';
import type { CronTrigger, Occurrence, Trigger } from '../domain/trigger.ts';
import type { CreateCronTriggerInput } from '../triggers/commands/create-cron.ts';
import type {
  CreatedWebhookTrigger,
  CreateWebhookTriggerInput,
} from '../triggers/commands/create-webhook.ts';
import type { PauseTriggerInput } from '../triggers/commands/pause.ts';
import type { UpdateTriggerInput } from '../triggers/commands/update.ts';
import type { WebhookSample } from '../triggers/webhook/test-fire.ts';
import type {
  CreatedEndpoint,
  CreateWebhookEndpointInput,
} from '../webhooks-out/commands/create-endpoint.ts';
import type {
  UpdatedEndpoint,
  UpdateWebhookEndpointInput,
} from '../webhooks-out/commands/update-endpoint.ts';

/** The use-cases of triggers as every face calls them, each throwing `Refusal`. */
export interface TriggerUseCases {
  createCron(caller: Caller, input: CreateCronTriggerInput): Promise<CronTrigger>;
  createWebhook(caller: Caller, input: CreateWebhookTriggerInput): Promise<CreatedWebhookTrigger>;
  update(caller: Caller, input: UpdateTriggerInput): Promise<Trigger>;
  pause(caller: Caller, input: PauseTriggerInput): Promise<Trigger>;
  resume(caller: Caller, input: { id: string }): Promise<Trigger>;
  delete(caller: Caller, input: { id: string }): Promise<Trigger>;
  fireCron(caller: Caller, input: { id: string; reason?: string | undefined }): Promise<Occurrence>;
  fireWebhook(caller: Caller, input: { id: string; sample: WebhookSample }): Promise<IncomingDelivery>;
}

/** The use-cases of deliveries, each throwing `Refusal`. */
export interface DeliveryUseCases {
  redeliverIncoming(caller: Caller, input: { id: string }): Promise<IncomingDelivery>;
  redeliverOutgoing(caller: Caller, input: { id: string }): Promise<OutgoingDelivery>;
}

/** The use-cases of webhook endpoints, each throwing `Refusal`. */
export interface EndpointUseCases {
  list(caller: Caller): Promise<readonly WebhookEndpoint[]>;
  read(caller: Caller, input: { id: string }): Promise<WebhookEndpoint>;
  create(caller: Caller, input: CreateWebhookEndpointInput): Promise<CreatedEndpoint>;
  update(caller: Caller, input: UpdateWebhookEndpointInput): Promise<UpdatedEndpoint>;
  delete(caller: Caller, input: { id: string }): Promise<WebhookEndpoint>;
}

/** What a face takes of all this. */
export interface TriggerServices {
  readonly triggers: TriggerUseCases;
  readonly deliveries: DeliveryUseCases;
  readonly endpoints: EndpointUseCases;
}
