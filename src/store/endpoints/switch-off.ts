import type pg from 'pg';
import type { WebhookEndpoint } from '../../domain/endpoint.ts';
import { inTransaction } from '../transaction.ts';
import { ENDPOINT_COLUMNS, type EndpointRow, toEndpoint } from './row.ts';

const SWITCH_OFF = `update webhook_endpoints w
  set disabled_at = clock_timestamp(), disabled_reason = $2, updated_at = clock_timestamp()
  where w.id = $1 and w.deleted_at is null and w.disabled_at is null returning ${ENDPOINT_COLUMNS}`;

const DELETE = `update webhook_endpoints w
  set deleted_at = clock_timestamp(), updated_at = clock_timestamp(), secrets = '{}'
  where w.id = $1 and w.deleted_at is null returning ${ENDPOINT_COLUMNS}`;

// A try that is under way keeps its claim: when it is taken after all, that is what is put on record.
const CANCEL = `update deliveries set verdict = 'cancelled', reason = $2, decided_at = now(), next_attempt_at = null
  where endpoint_id = $1 and direction = 'out' and verdict = 'pending'`;

/**
 * In one transaction, so that nothing is left waiting: whoever makes deliveries holds a share of the endpoint's row
 * meanwhile, and what they made is seen by the second statement.
 */
function endSending(
  pool: pg.Pool,
  update: { readonly name: string; readonly text: string; readonly values: readonly [string, ...string[]] },
  cancelledFor: string,
): Promise<WebhookEndpoint | undefined> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<EndpointRow>({ ...update, values: [...update.values] });
    if (!rows[0]) return undefined;
    const values = [update.values[0], cancelledFor];
    await client.query({ name: 'deliveries-cancel', text: CANCEL, values });
    return toEndpoint(rows[0]);
  });
}

/**
 * Switches an endpoint off and cancels what it was still to be sent. Gives it, or undefined when it is off or deleted
 * already.
 */
export function switchOff(
  pool: pg.Pool,
  id: string,
  because: { readonly reason: string; readonly cancelledFor: string },
): Promise<WebhookEndpoint | undefined> {
  return endSending(
    pool,
    { name: 'endpoint-switch-off', text: SWITCH_OFF, values: [id, because.reason] },
    because.cancelledFor,
  );
}

/** Deletes an endpoint: its deliveries stay on record, its secrets do not. Undefined when it is deleted already. */
export function deleteEndpointRow(
  pool: pg.Pool,
  id: string,
  cancelledFor: string,
): Promise<WebhookEndpoint | undefined> {
  return endSending(pool, { name: 'endpoint-delete', text: DELETE, values: [id] }, cancelledFor);
}
