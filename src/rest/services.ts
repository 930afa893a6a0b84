import type pg from 'pg';
import type { Log } from '../core/log.ts';
import type { IncomingDelivery, OutgoingDelivery } from '../domain/delivery.ts';
import type { WebhookEndpoint } from '../domain/endpoint.ts';
import type { Caller } from '../domain/permissions.ts';
import type { CronTrigger, Occurrence, Trigger } from '../domain/trigger.ts';
import type { TaskContext } from '../tasks/context.ts';
import type { EventLog } from '../tasks/log/event-log.ts';
import type { CreateCronTriggerInput } from '../triggers/create-cron.ts';
import type { CreatedWebhookTrigger, CreateWebhookTriggerInput } from '../triggers/create-webhook.ts';
import type { CreatedEndpoint, CreateWebhookEndpointInput } from '../triggers/outgoing/create-endpoint.ts';
import type { UpdatedEndpoint, UpdateWebhookEndpointInput } from '../triggers/outgoing/update-endpoint.ts';
import type { PauseTriggerInput } from '../triggers/pause.ts';
import type { UpdateTriggerInput } from '../triggers/update.ts';
import type { Admit, Received, WebhookRequest } from '../triggers/webhook/receive.ts';
import type { WebhookSample } from '../triggers/webhook/test-fire.ts';

/** The use-cases of triggers, each throwing `Refusal`. */
export interface TriggerUseCases {
  createCron(caller: Caller, input: CreateCronTriggerInput): Promise<CronTrigger>;
  createWebhook(caller: Caller, input: CreateWebhookTriggerInput): Promise<CreatedWebhookTrigger>;
  update(caller: Caller, input: UpdateTriggerInput): Promise<Trigger>;
  pause(caller: Caller, input: PauseTriggerInput): Promise<Trigger>;
  resume(caller: Caller, input: { id: string }): Promise<Trigger>;
  delete(caller: Caller, input: { id: string }): Promise<Trigger>;
  fireCron(caller: Caller, input: { id: string; reason?: string }): Promise<Occurrence>;
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

/** An agent of the configuration, as it is shown. */
export interface ShownAgent {
  readonly name: string;
  readonly model: string | null;
  readonly tools: readonly string[];
  /** True when the demo model answers for it. */
  readonly isDemo: boolean;
}

/** One step of a limit that all instances count together. */
export interface Taken {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds: number;
  /** Until the window begins anew. */
  readonly resetSeconds: number;
}

/** What the REST face stands on; `app/server.ts` joins it. */
export interface RestServices {
  readonly pool: pg.Pool;
  readonly tasks: TaskContext;
  readonly log: EventLog;
  readonly agents: { all(): readonly ShownAgent[] };
  readonly triggers: TriggerUseCases;
  readonly deliveries: DeliveryUseCases;
  readonly endpoints: EndpointUseCases;
  /** Throws what it refuses with; see `routes/webhooks.ts` for what each becomes. */
  readonly receiveWebhook: (request: WebhookRequest, admit: Admit) => Promise<Received>;
  /** Counts one request of whoever `key` names; undefined when nothing is limited. */
  readonly takeFromLimit: (key: string) => Promise<Taken | undefined>;
  /** Calls `onEnd` once when the caller's key is revoked or expires; gives back the way to stop. */
  readonly watchKey: (caller: Caller, onEnd: (reason: string) => void) => () => void;
  readonly logger: Log;
}
