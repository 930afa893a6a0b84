import type { CreatedApiKey } from '../auth/commands/manage-keys.ts';
import type { DeliveryAttempt, DeliveryHead } from '../domain/delivery.ts';
import type { WebhookEndpoint } from '../domain/endpoint.ts';
import type { InputRequest } from '../domain/input-request.ts';
import type { Run } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import type { Occurrence, Trigger } from '../domain/trigger.ts';
import type PrismaTypes from '../store/generated/pothos.ts';

/**
 * A task as a Prisma row, or as the write path and the SQL lists return it. A Prisma row has its lease in columns, and
 * does not have the time at which it was read.
 */
export interface ShownTask extends Omit<Task, 'lease' | 'readAt'> {
  readonly lease?: Task['lease'];
  readonly leaseUntil?: Date | null;
  readonly readAt?: Date;
}

/**
 * The type of each model's rows in the API. Prisma types actors and verdicts as JSON and text; the API uses the domain's
 * types, which have the same columns, so that rows and the results of commands have one type.
 */
interface Shapes {
  ApiKey: CreatedApiKey['apiKey'];
  Delivery: DeliveryHead;
  DeliveryAttempt: DeliveryAttempt;
  InputRequest: InputRequest;
  Occurrence: Occurrence;
  Run: Run;
  Task: ShownTask;
  Trigger: Trigger;
  WebhookEndpoint: WebhookEndpoint;
  Worker: PrismaTypes['Worker']['Shape'];
}

/** The models of Prisma that the schema is built on. */
export type Models = {
  [Name in keyof PrismaTypes]: Name extends keyof Shapes
    ? Omit<PrismaTypes[Name], 'Shape'> & { Shape: Shapes[Name] }
    : PrismaTypes[Name];
};

export type ShownModel = keyof Shapes;
