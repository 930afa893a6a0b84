import { Refusal } from '../../../core/errors.ts';
import { isId } from '../../../core/ids.ts';
import type { DeliveryHead } from '../../../store/deliveries/row.ts';
import { mustBeAllowed } from '../../../tasks/rules.ts';
import { builder } from '../../builder.ts';
import { mutation } from '../mutation.ts';
import { DeliveryRef } from './delivery.ts';

const RedeliverInput = builder.inputType('RedeliverInput', {
  description: 'Delivers a webhook again.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The delivery, in either direction: `dlv_…`.' }),
  }),
});

const RedeliverPayload = builder.objectRef<{ delivery: DeliveryHead }>('RedeliverPayload').implement({
  description: 'What redeliver gives when it was done.',
  fields: (t) => ({
    delivery: t.expose('delivery', {
      type: DeliveryRef,
      description: 'In: the new delivery, with what came of it. Out: the same one, to be sent again.',
    }),
  }),
});

mutation({
  name: 'redeliver',
  description:
    'Takes in a delivery again as a new one, whatever came of it; or sends an outgoing one again under the same id, which only admins may.',
  input: RedeliverInput,
  payload: RedeliverPayload,
  errors: ['ValidationError', 'NotFoundError', 'ForbiddenError'],
  run: async ({ services, loaders, caller }, { id }) => {
    // Before anything is read: which way it goes shows only once it is.
    mustBeAllowed(caller, 'trigger.manage');
    const found = isId('delivery', id) ? await loaders.triggers.delivery.load(id) : undefined;
    if (!found) throw new Refusal('NOT_FOUND', `There is no delivery ${id.slice(0, 100)}.`);
    const { redeliverIncoming, redeliverOutgoing } = services.deliveries;
    const redeliver = found.direction === 'in' ? redeliverIncoming : redeliverOutgoing;
    return { delivery: await redeliver(caller, { id }) };
  },
});
