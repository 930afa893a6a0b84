import { createHash } from 'node:crypto';
import { invalid, Refusal } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { IncomingDelivery } from '../../domain/delivery.ts';
import type { Caller } from '../../domain/permissions.ts';
import { readIncoming, recordByHand } from '../../store/deliveries/incoming.ts';
import type { TriggerContext } from '../context.ts';
import { decideDelivery } from './decide.ts';
import { mustBeLiveWebhook } from './live-webhook.ts';

/**
 * Processes an incoming delivery again, whatever its verdict was: stores a new delivery with its own task, by the
 * current condition and templates, without verifying it again. Throws `FORBIDDEN`, `NOT_FOUND` (no such delivery, or
 * its trigger was deleted), or `VALIDATION` for a refused delivery whose body was too long to be stored whole.
 */
export async function redeliverIncoming(
  context: TriggerContext,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<IncomingDelivery> {
  mustBeAllowed(caller, 'trigger.manage');
  const original = await readIncoming(context.pool, id);
  if (!original) throw new Refusal('NOT_FOUND', `Not found: incoming delivery ${id}`);
  await mustBeLiveWebhook(context, original.triggerId);
  if (createHash('sha256').update(original.body).digest('hex') !== original.bodyHash) {
    throw invalid([
      {
        path: ['id'],
        message: 'cannot be redelivered: it was refused, and its body was too long to be stored whole',
      },
    ]);
  }
  const { triggerId, key, bodyHash, headers, query, body, verdict } = original;
  const note =
    verdict === 'refused'
      ? 'redelivered by hand: not verified (it was refused)'
      : 'redelivered by hand: not verified again';
  const delivery = await recordByHand(
    context.pool,
    { id: newId('delivery'), triggerId, key, bodyHash, headers, query, body, taskId: newId('task'), note },
    { redeliveryOf: original.id, redeliveredBy: caller.actor },
  );
  return decideDelivery(context, delivery);
}
