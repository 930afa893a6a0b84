import type { Actor } from './actor.ts';

/** Of a webhook that came in; `received` until it is decided. */
export const INCOMING_VERDICTS = [
  'received',
  'accepted',
  'duplicate',
  'filtered',
  'refused',
  'failed',
] as const;
export type IncomingVerdict = (typeof INCOMING_VERDICTS)[number];

/** Of a webhook that goes out; `pending` while it is still tried. */
export const OUTGOING_VERDICTS = ['pending', 'delivered', 'failed', 'cancelled'] as const;
export type OutgoingVerdict = (typeof OUTGOING_VERDICTS)[number];

export type DeliveryVerdict = IncomingVerdict | OutgoingVerdict;

interface DeliveryBase {
  readonly id: string;
  /** Lower-case names; what is secret in them is redacted before it is kept. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Why, in words; null where the verdict says all. */
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
  readonly redeliveredBy: Actor | null;
}

export interface IncomingDelivery extends DeliveryBase {
  readonly direction: 'in';
  readonly triggerId: string;
  readonly verdict: IncomingVerdict;
  /** The sender's id of it; null where it gives none. */
  readonly key: string | null;
  /** sha256 of the body, in hex. */
  readonly bodyHash: string;
  /** The id its task has, or would have: there is one only when it was accepted, or for a duplicate the first one's. */
  readonly taskId: string;
  /** The delivery that this one repeats. */
  readonly duplicateOf: string | null;
  /** The delivery that this one was made from by hand. */
  readonly redeliveryOf: string | null;
}

export interface OutgoingDelivery extends DeliveryBase {
  readonly direction: 'out';
  readonly endpointId: string;
  readonly verdict: OutgoingVerdict;
  /** The event's id: what receivers tell repetitions by (`webhook-id`). */
  readonly key: string;
  /** The task it tells of. */
  readonly taskId: string;
  /** Tries since it was made or last redelivered. */
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
}

/** One call of a webhook. */
export type Delivery = IncomingDelivery | OutgoingDelivery;

/** What a list shows: a body may be a megabyte, and is read only where it is asked for. */
export type IncomingHead = Omit<IncomingDelivery, 'body'>;
export type OutgoingHead = Omit<OutgoingDelivery, 'body'>;
export type DeliveryHead = IncomingHead | OutgoingHead;

/** One try of an outgoing delivery. */
export interface DeliveryAttempt {
  readonly deliveryId: string;
  readonly number: number;
  readonly at: Date;
  readonly durationMs: number;
  /** The answer's HTTP status; null when there was none. */
  readonly status: number | null;
  /** Why it counts as failed; null when it was taken. */
  readonly error: string | null;
  /** The beginning of the answer's body. */
  readonly response: string | null;
}
