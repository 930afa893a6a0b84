import { mustBeAllowed } from '../../domain/authorize.ts';
import type { WebhookEndpoint } from '../../domain/endpoint.ts';
import type { Caller } from '../../domain/permissions.ts';
import { deleteEndpointRow } from '../../store/endpoints/switch-off.ts';
import type { OutgoingContext } from '../context.ts';
import { noSuchEndpoint } from '../endpoint-input.ts';

/**
 * Deletes an endpoint: nothing more is sent to it; its deliveries stay recorded. Admins only.
 * Throws `FORBIDDEN` or `NOT_FOUND`.
 */
export async function deleteWebhookEndpoint(
  { pool }: OutgoingContext,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<WebhookEndpoint> {
  mustBeAllowed(caller, 'endpoint.manage');
  const deleted = await deleteEndpointRow(pool, id, `the endpoint was deleted by ${caller.actor.name}`);
  if (!deleted) throw noSuchEndpoint(id);
  return deleted;
}
