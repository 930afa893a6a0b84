import { isId } from '../../../core/ids.ts';
import type { DeliveryFilter } from '../../../domain/filters.ts';
import { builder } from '../../builder.ts';
import { newestPage, queryOfPage } from '../../keyset.ts';
import type { Models } from '../../models.ts';
import { pageMultiplier, toFilter, toNewestConnection } from '../../pages.ts';
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

function whereOf({ verdict, ...equal }: DeliveryFilter): Models['Delivery']['Where'] {
  // A single one is a walk along its index, whose order is the list's.
  const [only, ...more] = verdict ?? [];
  const isSingle = only !== undefined && more.length === 0;
  return { ...equal, ...(verdict && { verdict: isSingle ? only : { in: [...verdict] } }) };
}

builder.queryField('delivery', (t) =>
  t.prismaField({
    type: DeliveryRef,
    nullable: true,
    description: 'One delivery, in either direction; null when there is none of that id.',
    args: { id: t.arg.id({ required: true, description: 'Its id: `dlv_…`.' }) },
    resolve: (query, _root, { id }, { reader }) =>
      isId('delivery', id) ? reader.delivery.findUnique({ ...query, where: { id } }) : null,
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
    resolve: async (_root, args, context, info) => {
      const query = queryOfPage(context, info, 'Delivery');
      const page = newestPage(args, 'createdAt', whereOf(toFilter(args.filter)));
      const rows = await context.reader.delivery.findMany({ ...query, ...page });
      return toNewestConnection(rows, args, (delivery) => delivery.createdAt);
    },
  }),
);
