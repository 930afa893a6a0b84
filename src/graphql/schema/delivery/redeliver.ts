import { redeliver } from '../../../deliveries/commands/redeliver.ts';
import type { DeliveryHead } from '../../../store/deliveries/row.ts';
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
  run: async ({ services, caller }, { id }) => ({ delivery: await redeliver(services, caller, { id }) }),
});
