import { isDatabaseAway } from '../../core/database-away.ts';
import { invalid, OperationError, Refusal } from '../../core/errors.ts';
import { LIMITS } from '../../domain/limits.ts';

/** The body is larger than a webhook's may be; over HTTP 413. */
export class WebhookTooLarge extends Refusal {
  constructor() {
    const message = `is larger than ${LIMITS.webhookBytes / 1024} KiB`;
    super('VALIDATION', `body: ${message}`, { issues: [{ path: ['body'], message }] });
    this.name = 'WebhookTooLarge';
  }
}

/** No such path, or a trigger that was deleted: over HTTP 404. */
export function noSuchWebhook(): Refusal {
  return new Refusal('NOT_FOUND', 'There is no webhook at this path.');
}

/** Over HTTP 401. */
export function notVerified(reason: string): OperationError {
  return new OperationError('UNAUTHENTICATED', `The webhook was not taken: ${reason}.`);
}

/** Over HTTP 400: the body is not what its content type names. */
export function notReadable(reason: string): Refusal {
  return invalid([{ path: ['body'], message: reason }]);
}

/** Over HTTP 422: stored with the reason, for those who may read deliveries. */
export class WebhookFailed extends Refusal {
  readonly deliveryId: string;

  constructor(deliveryId: string) {
    const message = `it was taken as ${deliveryId}, and no task could be created; the delivery has the reason`;
    super('VALIDATION', `body: ${message}`, { issues: [{ path: ['body'], message }] });
    this.name = 'WebhookFailed';
    this.deliveryId = deliveryId;
  }
}

/** Runs a read or write; a database that is away becomes `UNAVAILABLE`, so that a sender tries again. */
export async function orUnavailable<T>(action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    throw new OperationError('UNAVAILABLE', 'The database did not answer; send it again.');
  }
}
