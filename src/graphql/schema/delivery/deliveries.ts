import { isId } from '../../../core/ids.ts';
import type { DeliveryFilter } from '../../../domain/filters.ts';
import { builder } from '../../builder.ts';
import { newestPage, queryOfPage } from '../../keyset.ts';
import type { Models } from '../../models.ts';
import { pageMultiplier, toFilter, toNewestConnection } from '../../pages.ts';
import { DeliveryDirectionEnum, DeliveryVerdictEnum } from '../trigger/enums.ts';
import { DeliveryRef } from './delivery.ts';

const DeliveryFilterInput = builder.inputType('DeliveryFilter', {
  description: 'Which deliveries. All given fields must match; a list matches with any of its values.',
  fields: (t) => ({
    direction: t.field({ type: DeliveryDirectionEnum, description: 'Incoming or outgoing deliveries.' }),
    triggerId: t.id({ description: 'Calls of this webhook trigger.' }),
    endpointId: t.id({ description: 'Deliveries to this endpoint.' }),
    taskId: t.id({
      description: 'Deliveries that created this task, duplicate the one that did, or report a change of it.',
    }),
    verdict: t.field({ type: [DeliveryVerdictEnum], description: 'Deliveries with one of these verdicts.' }),
  }),
});

function whereOf({ verdict, ...equal }: DeliveryFilter): Models['Delivery']['Where'] {
  // A single verdict is read from its index in the order of the list.
  const [only, ...more] = verdict ?? [];
  const isSingle = only !== undefined && more.length === 0;
  return { ...equal, ...(verdict && { verdict: isSingle ? only : { in: [...verdict] } }) };
}

builder.queryField('delivery', (t) =>
  t.prismaField({
    type: DeliveryRef,
    nullable: true,
    description: 'One incoming or outgoing delivery. Null: no delivery has this id.',
    args: { id: t.arg.id({ required: true, description: 'The id: `dlv_…`.' }) },
    resolve: (query, _root, { id }, { reader }) =>
      isId('delivery', id) ? reader.delivery.findUnique({ ...query, where: { id } }) : null,
  }),
);

builder.queryField('deliveries', (t) =>
  t.connection({
    type: DeliveryRef,
    description: 'Incoming and outgoing deliveries, the newest first.',
    args: {
      filter: t.arg({ type: DeliveryFilterInput, description: 'Which deliveries. Default: all.' }),
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
