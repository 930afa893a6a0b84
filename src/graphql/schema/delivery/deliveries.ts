import { isId } from '../../../core/ids.ts';
import { listDeliveries } from '../../../store/deliveries/list.ts';
import { builder } from '../../builder.ts';
import { pageMultiplier, parsePage, toFilter, toNewestConnection } from '../../pages.ts';
import { DeliveryDirectionEnum, DeliveryVerdictEnum } from '../trigger/enums.ts';
import { DeliveryRef } from './delivery.ts';

const DeliveryFilterInput = builder.inputType('DeliveryFilter', {
  description: 'Which deliveries: within a list any value matches, and all the fields given must.',
  fields: (t) => ({
    direction: t.field({ type: DeliveryDirectionEnum, description: 'Which way they go.' }),
    triggerId: t.id({ description: 'That called this webhook trigger.' }),
    endpointId: t.id({ description: 'That are sent to this endpoint.' }),
    taskId: t.id({ description: 'That made this task, repeat the one that did, or tell of it.' }),
    verdict: t.field({ type: [DeliveryVerdictEnum], description: 'With one of these verdicts.' }),
  }),
});

builder.queryField('delivery', (t) =>
  t.field({
    type: DeliveryRef,
    nullable: true,
    description: 'One delivery, in either direction; null when there is none of that id.',
    args: { id: t.arg.id({ required: true, description: 'Its id: `dlv_…`.' }) },
    resolve: async (_root, { id }, { loaders }) =>
      isId('delivery', id) ? ((await loaders.triggers.delivery.load(id)) ?? null) : null,
  }),
);

builder.queryField('deliveries', (t) =>
  t.connection({
    type: DeliveryRef,
    description: 'The webhooks that came in and went out, the newest first.',
    args: {
      filter: t.arg({ type: DeliveryFilterInput, description: 'Which; all when nothing is said.' }),
    },
    complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
    resolve: async (_root, args, { services, loaders }) => {
      const request = parsePage(args);
      const page = await listDeliveries(services.pool, { filter: toFilter(args.filter), page: request });
      for (const delivery of page.rows) loaders.triggers.delivery.prime(delivery.id, delivery);
      return toNewestConnection(page, request, (delivery) => delivery.createdAt);
    },
  }),
);
