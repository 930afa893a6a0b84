import type pg from 'pg';
import type { Actor } from '../../domain/actor.ts';
import type { OutgoingDelivery } from '../../domain/delivery.ts';
import { inTransaction } from '../transaction.ts';
import { OUTGOING_COLUMNS, type OutgoingRow, toOutgoing } from './outgoing-row.ts';

export type Redelivered =
  | { readonly kind: 'again'; readonly delivery: OutgoingDelivery }
  | { readonly kind: 'endpoint_off'; readonly endpointId: string }
  | { readonly kind: 'unknown' };

/**
 * Schedules an outgoing delivery again, whatever its verdict: the same id and bytes, attempts counted from 0. A
 * current attempt is not interrupted. The endpoint's row is locked, so that it is not switched off meanwhile.
 */
export function redeliver(pool: pg.Pool, id: string, by: Actor): Promise<Redelivered> {
  return inTransaction(pool, async (client): Promise<Redelivered> => {
    const held = await client.query<{ endpoint_id: string; is_on: boolean }>({
      name: 'delivery-endpoint-hold',
      text: `select w.id as endpoint_id, w.deleted_at is null and w.disabled_at is null as is_on
        from deliveries d join webhook_endpoints w on w.id = d.endpoint_id
        where d.id = $1 and d.direction = 'out' for share of w`,
      values: [id],
    });
    const endpoint = held.rows[0];
    if (!endpoint) return { kind: 'unknown' };
    if (!endpoint.is_on) return { kind: 'endpoint_off', endpointId: endpoint.endpoint_id };
    const { rows } = await client.query<OutgoingRow>({
      name: 'delivery-again',
      text: `update deliveries d set verdict = 'pending', reason = null, decided_at = null, attempts = 0,
          claimed_until = null, next_attempt_at = now(), redelivered_by = $2::jsonb
        where d.id = $1 returning ${OUTGOING_COLUMNS}`,
      values: [id, JSON.stringify(by)],
    });
    const row = rows[0];
    return row ? { kind: 'again', delivery: toOutgoing(row) } : { kind: 'unknown' };
  });
}
