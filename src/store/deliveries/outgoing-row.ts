import type { Actor } from '../../domain/actor.ts';
import type { OutgoingDelivery, OutgoingVerdict } from '../../domain/delivery.ts';

/** The columns of an outgoing delivery, from a row named `d`. */
export const OUTGOING_COLUMNS = `d.id, d.endpoint_id, d.key, d.verdict, d.reason, d.headers, d.body, d.task_id,
  d.created_at, d.decided_at, d.redelivered_by, d.attempts, d.next_attempt_at`;

export interface OutgoingRow {
  id: string;
  endpoint_id: string;
  key: string;
  verdict: OutgoingVerdict;
  reason: string | null;
  headers: Record<string, string>;
  body: Buffer;
  task_id: string;
  created_at: Date;
  decided_at: Date | null;
  redelivered_by: Actor | null;
  attempts: number;
  next_attempt_at: Date | null;
}

export function toOutgoing(row: OutgoingRow): OutgoingDelivery {
  return {
    direction: 'out',
    id: row.id,
    endpointId: row.endpoint_id,
    key: row.key,
    verdict: row.verdict,
    reason: row.reason,
    headers: row.headers,
    body: row.body,
    taskId: row.task_id,
    createdAt: row.created_at,
    decidedAt: row.decided_at,
    redeliveredBy: row.redelivered_by,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
  };
}
