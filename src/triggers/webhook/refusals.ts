import { isDatabaseAway } from '../../core/database-away.ts';
import { invalid, OperationError, Refusal } from '../../core/errors.ts';
import { LIMITS } from '../../domain/limits.ts';

/** The body is too large; HTTP 413. */
export class WebhookTooLarge extends Refusal {
  constructor() {
    const message = `is larger than ${LIMITS.webhookBytes / 1024} KiB`;
    super('VALIDATION', `body: ${message}`, { issues: [{ path: ['body'], message }] });
    this.name = 'WebhookTooLarge';
  }
}

/** An unknown path or a deleted trigger; HTTP 404. */
export function noSuchWebhook(): Refusal {
  return new Refusal('NOT_FOUND', 'Not found: no webhook has this path');
}

/** HTTP 401. */
export function notVerified(reason: string): OperationError {
  return new OperationError('UNAUTHENTICATED', `Webhook refused: ${reason}`);
}

/** The body does not match its content type; HTTP 400. */
export function notReadable(reason: string): Refusal {
  return invalid([{ path: ['body'], message: reason }]);
}

/** Stored with the reason, for callers who may read deliveries; HTTP 422. */
export class WebhookFailed extends Refusal {
  readonly deliveryId: string;

  constructor(deliveryId: string) {
    const message = `was stored as ${deliveryId}, but no task could be created; the delivery has the reason`;
    super('VALIDATION', `body: ${message}`, { issues: [{ path: ['body'], message }] });
    this.name = 'WebhookFailed';
    this.deliveryId = deliveryId;
  }
}

/** Runs a read or write; if the database cannot be reached it throws `UNAVAILABLE`, so that the sender retries. */
export async function orUnavailable<T>(action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    throw new OperationError('UNAVAILABLE', 'The database did not answer. Send the webhook again.');
  }
}
