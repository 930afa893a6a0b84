import { redeliver } from '../../../deliveries/commands/redeliver.ts';
import type { DeliveryHead } from '../../../domain/delivery.ts';
import { builder } from '../../builder.ts';
import { mutation } from '../mutation.ts';
import { DeliveryRef } from './delivery.ts';

const RedeliverInput = builder.inputType('RedeliverInput', {
  description: 'Redelivers a webhook.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The incoming or outgoing delivery: `dlv_…`.' }),
  }),
});

const RedeliverPayload = builder.objectRef<{ delivery: DeliveryHead }>('RedeliverPayload').implement({
  description: 'The payload of redeliver.',
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
    'Redelivers a webhook. Incoming: it is processed again as a new delivery, also if it was refused. Outgoing: it is sent again under the same id; only for admins.',
  input: RedeliverInput,
  payload: RedeliverPayload,
  errors: ['ValidationError', 'NotFoundError', 'ForbiddenError'],
  run: async ({ services, caller }, { id }) => ({ delivery: await redeliver(services, caller, { id }) }),
});
