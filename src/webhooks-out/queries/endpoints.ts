import { mustBeAllowed } from '../../domain/authorize.ts';
import type { WebhookEndpoint } from '../../domain/endpoint.ts';
import type { Caller } from '../../domain/permissions.ts';
import { listEndpointRows, readEndpoints } from '../../store/endpoints/endpoints.ts';
import type { OutgoingContext } from '../context.ts';
import { noSuchEndpoint } from '../endpoint-input.ts';

/** All endpoints that are not deleted, the oldest first; at most 50. Throws `FORBIDDEN`. */
export async function listEndpoints({ pool }: OutgoingContext, caller: Caller): Promise<WebhookEndpoint[]> {
  mustBeAllowed(caller, 'task.read');
  return listEndpointRows(pool);
}

/** One endpoint that is not deleted. Throws `FORBIDDEN` or `NOT_FOUND`. */
export async function readEndpoint(
  { pool }: OutgoingContext,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<WebhookEndpoint> {
  mustBeAllowed(caller, 'task.read');
  const [endpoint] = await readEndpoints(pool, [id]);
  if (!endpoint || endpoint.deletedAt !== null) throw noSuchEndpoint(id);
  return endpoint;
}
