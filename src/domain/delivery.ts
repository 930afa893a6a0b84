import type { Actor } from './actor.ts';

/** Verdicts of an incoming delivery; `received` until it is decided. */
export const INCOMING_VERDICTS = [
  'received',
  'accepted',
  'duplicate',
  'filtered',
  'refused',
  'failed',
] as const;
export type IncomingVerdict = (typeof INCOMING_VERDICTS)[number];

/** Verdicts of an outgoing delivery; `pending` while it is still tried. */
export const OUTGOING_VERDICTS = ['pending', 'delivered', 'failed', 'cancelled'] as const;
export type OutgoingVerdict = (typeof OUTGOING_VERDICTS)[number];

export type DeliveryVerdict = IncomingVerdict | OutgoingVerdict;

interface DeliveryBase {
  readonly id: string;
  /** Names in lower case; secret values are redacted before they are stored. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The reason as text; null if the verdict is enough. */
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
  readonly redeliveredBy: Actor | null;
}

export interface IncomingDelivery extends DeliveryBase {
  readonly direction: 'in';
  readonly triggerId: string;
  readonly verdict: IncomingVerdict;
  /** The sender's id for it; null if the sender gives none. */
  readonly key: string | null;
  /** SHA-256 of the body, in hex. */
  readonly bodyHash: string;
  /** Id of its task, assigned before it exists: the task exists if it was accepted. A duplicate has the first one's. */
  readonly taskId: string;
  /** The delivery that this one repeats. */
  readonly duplicateOf: string | null;
  /** The delivery that a person redelivered to make this one. */
  readonly redeliveryOf: string | null;
}

export interface OutgoingDelivery extends DeliveryBase {
  readonly direction: 'out';
  readonly endpointId: string;
  readonly verdict: OutgoingVerdict;
  /** The event's id, by which receivers detect repetitions (`webhook-id`). */
  readonly key: string;
  /** The task whose event it contains. */
  readonly taskId: string;
  /** Attempts since it was made or last redelivered. */
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
}

/** One call of a webhook, incoming or outgoing. */
export type Delivery = IncomingDelivery | OutgoingDelivery;

/** A delivery in a list: without its body, which may be a megabyte and is read only on request. */
export type IncomingHead = Omit<IncomingDelivery, 'body'>;
export type OutgoingHead = Omit<OutgoingDelivery, 'body'>;
export type DeliveryHead = IncomingHead | OutgoingHead;

/** One attempt to send an outgoing delivery. */
export interface DeliveryAttempt {
  readonly deliveryId: string;
  readonly number: number;
  readonly at: Date;
  readonly durationMs: number;
  /** HTTP status of the response; null if there was none. */
  readonly status: number | null;
  /** Why it counts as failed; null if the receiver accepted it. */
  readonly error: string | null;
  /** The start of the response body. */
  readonly response: string | null;
}
