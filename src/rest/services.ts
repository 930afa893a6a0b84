import type pg from 'pg';
import type { Log } from '../core/log.ts';
import type { IncomingDelivery, OutgoingDelivery } from '../domain/delivery.ts';
import type { WebhookEndpoint } from '../domain/endpoint.ts';
import type { Caller } from '../domain/permissions.ts';
import type { TaskSource } from '../domain/source.ts';
import type { TaskStatus } from '../domain/status.ts';
import type { CronTrigger, Occurrence, Trigger } from '../domain/trigger.ts';
import type { TaskContext } from '../tasks/context.ts';
import type { EventLog } from '../tasks/log/event-log.ts';
import type { CreateCronTriggerInput } from '../triggers/create-cron.ts';
import type { CreatedWebhookTrigger, CreateWebhookTriggerInput } from '../triggers/create-webhook.ts';
import type { PauseTriggerInput } from '../triggers/pause.ts';
import type { UpdateTriggerInput } from '../triggers/update.ts';

/** Moments of a cron expression, the next first. */
export interface CronMoments {
  /** The expression in words. */
  readonly words: string;
  readonly occurrences: readonly Date[];
}

export interface WebhookSample {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

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
  /** For an expression that somebody is writing: strict. */
  preview(input: { cron: string; timezone: string; first: number }): CronMoments;
  /** For one that is stored, from now on. */
  moments(trigger: CronTrigger, first: number): CronMoments;
}

/** The use-cases of deliveries, each throwing `Refusal`. */
export interface DeliveryUseCases {
  redeliverIncoming(caller: Caller, input: { id: string }): Promise<IncomingDelivery>;
  redeliverOutgoing(caller: Caller, input: { id: string }): Promise<OutgoingDelivery>;
}

export interface EndpointFields {
  readonly url: string;
  readonly description?: string | null;
  readonly statuses?: readonly TaskStatus[];
  readonly agents?: readonly string[];
  readonly sources?: readonly TaskSource[];
}

export interface EndpointChange extends Partial<EndpointFields> {
  readonly id: string;
  /** True stops sending, false begins again. */
  readonly disabled?: boolean;
}

/** The use-cases of webhook endpoints, each throwing `Refusal`. */
export interface EndpointUseCases {
  /** Those that are not deleted. */
  list(): Promise<readonly WebhookEndpoint[]>;
  /** Those of `ids`, in their order, deleted ones too. */
  read(ids: readonly string[]): Promise<readonly (WebhookEndpoint | undefined)[]>;
  create(caller: Caller, input: EndpointFields): Promise<{ endpoint: WebhookEndpoint; secret: string }>;
  update(caller: Caller, input: EndpointChange): Promise<WebhookEndpoint>;
  delete(caller: Caller, input: { id: string }): Promise<WebhookEndpoint>;
}

/** A webhook as HTTP brought it. */
export interface WebhookRequest {
  /** What stands behind `/webhooks/`. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
  readonly query: Readonly<Record<string, string>>;
}

/** What a webhook's sender is told. */
export interface ReceivedWebhook {
  readonly deliveryId: string;
  readonly taskId: string | null;
  readonly verdict: 'accepted' | 'duplicate' | 'filtered';
  /** To be answered as text in place of all else. */
  readonly challenge?: string;
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
  readonly receiveWebhook: (request: WebhookRequest) => Promise<ReceivedWebhook>;
  /** Counts one request of whoever `key` names; undefined when nothing is limited. */
  readonly takeFromLimit: (key: string) => Promise<Taken | undefined>;
  /** Calls `onEnd` once when the caller's key is revoked or expires; gives back the way to stop. */
  readonly watchKey: (caller: Caller, onEnd: (reason: string) => void) => () => void;
  readonly logger: Log;
}
