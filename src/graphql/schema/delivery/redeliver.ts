import { redeliver } from '../../../deliveries/commands/redeliver.ts';
import type { DeliveryHead } from '../../../domain/delivery.ts';
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
  description: 'The result of redeliver.',
  fields: (t) => ({
    delivery: t.expose('delivery', {
      type: DeliveryRef,
      description:
        'Incoming: the new delivery with its verdict. Outgoing: the same delivery, to be sent again.',
    }),
  }),
});

mutation({
  name: 'redeliver',
  description:
    'Receives an incoming delivery again, as a new delivery, whatever its verdict was; or sends an outgoing one again under the same id, which only admins may.',
  input: RedeliverInput,
  payload: RedeliverPayload,
  errors: ['ValidationError', 'NotFoundError', 'ForbiddenError'],
  run: async ({ services, caller }, { id }) => ({ delivery: await redeliver(services, caller, { id }) }),
});
