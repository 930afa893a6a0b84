import { invalid, Refusal } from '../../core/errors.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { OutgoingDelivery } from '../../domain/delivery.ts';
import type { Caller } from '../../domain/permissions.ts';
import { redeliver } from '../../store/deliveries/outgoing.ts';
import type { OutgoingContext } from '../context.ts';

/**
 * Sends an outgoing delivery again, whatever its verdict: the same id and bytes, with the full retry schedule; the
 * numbers of its attempts continue. Admins only. Throws `FORBIDDEN`, `NOT_FOUND`, or `VALIDATION` while its endpoint
 * is off.
 */
export async function redeliverOutgoing(
  { pool, wakeSender }: OutgoingContext,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<OutgoingDelivery> {
  mustBeAllowed(caller, 'endpoint.manage');
  const redelivered = await redeliver(pool, id, caller.actor);
  if (redelivered.kind === 'unknown') {
    throw new Refusal('NOT_FOUND', `Not found: outgoing delivery ${id.slice(0, 100)}`);
  }
  if (redelivered.kind === 'endpoint_off') {
    const message = `belongs to the endpoint ${redelivered.endpointId}, which is switched off or deleted; switch it on first`;
    throw invalid([{ path: ['id'], message }]);
  }
  wakeSender();
  return redelivered.delivery;
}
