import type { CreatedApiKey } from '../auth/commands/manage-keys.ts';
import type { DeliveryAttempt, DeliveryHead } from '../domain/delivery.ts';
import type { WebhookEndpoint } from '../domain/endpoint.ts';
import type { InputRequest } from '../domain/input-request.ts';
import type { Run } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import type { Occurrence, Trigger } from '../domain/trigger.ts';
import type PrismaTypes from '../store/generated/pothos.ts';

/**
 * A task as a row of Prisma, or as the write path and the hot lists give it. A row of Prisma has its lease in columns,
 * and no clock of the database beside it.
 */
export interface ShownTask extends Omit<Task, 'lease' | 'readAt'> {
  readonly lease?: Task['lease'];
  readonly leaseUntil?: Date | null;
  readonly readAt?: Date;
}

/**
 * What a row of each model is to the API. Prisma knows JSON and text where the domain knows actors and verdicts, and
 * what commands give back stands beside rows: both are the domain's types, column for column.
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
