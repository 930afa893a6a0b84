import type { Actor } from '../../domain/actor.ts';
import type {
  DeliveryAttempt,
  DeliveryHead,
  DeliveryVerdict,
  IncomingHead,
  IncomingVerdict,
  OutgoingDelivery,
  OutgoingHead,
  OutgoingVerdict,
} from '../../domain/delivery.ts';

/** The columns of a delivery without its body, from a row named `d`. */
export const DELIVERY_HEAD_COLUMNS = `d.id, d.direction, d.trigger_id, d.endpoint_id, d.key, d.body_hash, d.verdict, d.reason,
  d.headers, d.task_id, d.duplicate_of, d.redelivery_of, d.redelivered_by, d.created_at, d.decided_at,
  d.attempts, d.next_attempt_at`;

/** The columns of a delivery, from a row named `d`. */
export const DELIVERY_COLUMNS = `${DELIVERY_HEAD_COLUMNS}, d.body`;

export interface DeliveryHeadRow {
  id: string;
  direction: 'in' | 'out';
  trigger_id: string | null;
  endpoint_id: string | null;
  key: string | null;
  body_hash: string | null;
  verdict: DeliveryVerdict;
  reason: string | null;
  headers: Record<string, string>;
  task_id: string | null;
  duplicate_of: string | null;
  redelivery_of: string | null;
  redelivered_by: Actor | null;
  created_at: Date;
  decided_at: Date | null;
  attempts: number;
  next_attempt_at: Date | null;
}

export interface DeliveryRow extends DeliveryHeadRow {
  body: Buffer;
}

export type { DeliveryHead, IncomingHead, OutgoingHead };

/** An empty text for a missing value, so that one wrong row does not fail a whole list. */
const text = (value: string | null): string => value ?? '';

function baseOf(row: DeliveryHeadRow) {
  return {
    id: row.id,
    headers: row.headers,
    reason: row.reason,
    createdAt: row.created_at,
    decidedAt: row.decided_at,
    redeliveredBy: row.redelivered_by,
  };
}

function incomingHead(row: DeliveryHeadRow): IncomingHead {
  return {
    ...baseOf(row),
    direction: 'in',
    triggerId: text(row.trigger_id),
    verdict: row.verdict as IncomingVerdict,
    key: row.key,
    bodyHash: text(row.body_hash),
    taskId: text(row.task_id),
    duplicateOf: row.duplicate_of,
    redeliveryOf: row.redelivery_of,
  };
}

function outgoingHead(row: DeliveryHeadRow): OutgoingHead {
  return {
    ...baseOf(row),
    direction: 'out',
    endpointId: text(row.endpoint_id),
    verdict: row.verdict as OutgoingVerdict,
    key: text(row.key),
    taskId: text(row.task_id),
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
  };
}

/** A row of either direction, without its body. */
export function toDeliveryHead(row: DeliveryHeadRow): DeliveryHead {
  return row.direction === 'in' ? incomingHead(row) : outgoingHead(row);
}

/** A row whose direction is `out`. */
export function toOutgoing(row: DeliveryRow): OutgoingDelivery {
  return { ...outgoingHead(row), body: row.body };
}

/** The columns of an attempt, from a row named `a`. */
export const ATTEMPT_COLUMNS = 'a.delivery_id, a.number, a.at, a.duration_ms, a.status, a.error, a.response';

export interface AttemptRow {
  delivery_id: string;
  number: number;
  at: Date;
  duration_ms: number;
  status: number | null;
  error: string | null;
  response: string | null;
}

export function toAttempt(row: AttemptRow): DeliveryAttempt {
  return {
    deliveryId: row.delivery_id,
    number: row.number,
    at: row.at,
    durationMs: row.duration_ms,
    status: row.status,
    error: row.error,
    response: row.response,
  };
}
