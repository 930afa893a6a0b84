import type { Actor } from '../../domain/actor.ts';
import type { IncomingDelivery, IncomingVerdict } from '../../domain/delivery.ts';

/** The columns of an incoming delivery, from a row named `d`. */
export const INCOMING_COLUMNS = `d.id, d.trigger_id, d.key, d.body_hash, d.verdict, d.reason, d.headers, d.query, d.body,
  d.task_id, d.duplicate_of, d.redelivery_of, d.redelivered_by, d.created_at, d.decided_at`;

export interface IncomingRow {
  id: string;
  trigger_id: string;
  key: string | null;
  body_hash: string;
  verdict: IncomingVerdict;
  reason: string | null;
  headers: Record<string, string>;
  query: Record<string, string> | null;
  body: Buffer;
  task_id: string;
  duplicate_of: string | null;
  redelivery_of: string | null;
  redelivered_by: Actor | null;
  created_at: Date;
  decided_at: Date | null;
}

/** A delivery with the query parameters, which its condition and templates may also read. */
export type RecordedDelivery = IncomingDelivery & { readonly query: Readonly<Record<string, string>> };

export function toRecorded(row: IncomingRow): RecordedDelivery {
  return {
    direction: 'in',
    id: row.id,
    triggerId: row.trigger_id,
    key: row.key,
    bodyHash: row.body_hash,
    verdict: row.verdict,
    reason: row.reason,
    headers: row.headers,
    query: row.query ?? {},
    body: row.body,
    taskId: row.task_id,
    duplicateOf: row.duplicate_of,
    redeliveryOf: row.redelivery_of,
    redeliveredBy: row.redelivered_by,
    createdAt: row.created_at,
    decidedAt: row.decided_at,
  };
}
