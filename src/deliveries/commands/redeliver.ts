import { Refusal } from '../../core/errors.ts';
import { isId } from '../../core/ids.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { IncomingDelivery, OutgoingDelivery } from '../../domain/delivery.ts';
import type { Caller } from '../../domain/permissions.ts';
import { readDeliveryHeads } from '../../store/deliveries/list.ts';
import type { TriggerContext } from '../../triggers/context.ts';
import { redeliverIncoming } from '../../triggers/webhook/redeliver.ts';
import { redeliverOutgoing } from '../../webhooks-out/commands/redeliver.ts';
import type { OutgoingContext } from '../../webhooks-out/context.ts';

export interface DeliveryContext {
  readonly triggers: TriggerContext;
  readonly webhooksOut: OutgoingContext;
}

/**
 * Repeats a delivery. An incoming one is received again as a new delivery; an outgoing one is sent again under the same
 * id, which only admins may do. Throws `FORBIDDEN` before anything is read, `NOT_FOUND`, or `VALIDATION`.
 */
export async function redeliver(
  { triggers, webhooksOut }: DeliveryContext,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<IncomingDelivery | OutgoingDelivery> {
  mustBeAllowed(caller, 'trigger.manage');
  const [found] = isId('delivery', id) ? await readDeliveryHeads(triggers.pool, [id]) : [];
  if (!found) throw new Refusal('NOT_FOUND', `Not found: delivery ${id.slice(0, 100)}`);
  return found.direction === 'in'
    ? redeliverIncoming(triggers, caller, { id })
    : redeliverOutgoing(webhooksOut, caller, { id });
}
