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

// A current attempt keeps its claim: if the receiver accepts it, `delivered` is recorded.
const CANCEL = `update deliveries set verdict = 'cancelled', reason = $2, decided_at = now(), next_attempt_at = null
  where endpoint_id = $1 and direction = 'out' and verdict = 'pending'`;

/**
 * One transaction, so that no delivery stays pending: the dispatcher holds a share lock on the endpoint's row while it
 * makes deliveries, and the second statement sees them.
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

/** Switches an endpoint off and cancels its pending deliveries. Undefined if it is already off or deleted. */
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

/** Deletes an endpoint and its secrets; its deliveries stay recorded. Undefined if it is already deleted. */
export function deleteEndpointRow(
  pool: pg.Pool,
  id: string,
  cancelledFor: string,
): Promise<WebhookEndpoint | undefined> {
  return endSending(pool, { name: 'endpoint-delete', text: DELETE, values: [id] }, cancelledFor);
}
