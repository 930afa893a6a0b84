import { z } from '@hono/zod-openapi';
import { redeliver } from '../../deliveries/commands/redeliver.ts';
import { listDeliveries } from '../../deliveries/queries/list.ts';
import { readDelivery } from '../../deliveries/queries/read.ts';
import { type AnyCall, type Contract, type Endpoint, endpoint, type Reply } from '../contract/endpoint.ts';
import { idParameter, LINK_HEADER } from '../contract/fields.ts';
import { given } from '../contract/given.ts';
import { pageReply, pageRequest } from '../contract/pages.ts';
import type { RestServices } from '../services.ts';
import { presentDeliveries, presentWholeDelivery } from './presented.ts';
import { deliveryPage, listDeliveriesQuery, wholeDelivery } from './schema.ts';

const TAG = 'Deliveries';
const params = idParameter('delivery', 'delivery');

const listContract = {
  method: 'get',
  path: '/api/v1/deliveries',
  id: 'listDeliveries',
  tag: TAG,
  summary: 'List deliveries',
  description:
    'Incoming deliveries, also refused ones, and outgoing deliveries, the newest first, without their bodies.',
  query: listDeliveriesQuery,
  gives: { 200: { description: 'A page of deliveries.', schema: deliveryPage, headers: LINK_HEADER } },
  refuses: ['BAD_CURSOR'],
} as const satisfies Contract;

const getContract = {
  method: 'get',
  path: '/api/v1/deliveries/{id}',
  id: 'getDelivery',
  tag: TAG,
  summary: 'Read a delivery, with its body and its attempts',
  params,
  gives: { 200: { description: 'The delivery.', schema: wholeDelivery } },
} as const satisfies Contract;

const redeliverContract = {
  method: 'post',
  path: '/api/v1/deliveries/{id}/redeliver',
  id: 'redeliver',
  tag: TAG,
  summary: 'Redeliver a delivery',
  description:
    'Incoming: it is processed again as a new delivery with its own task. Outgoing: it is sent again under the same id; only for admins.',
  params,
  body: z.strictObject({}).openapi('Redeliver', { example: {} }),
  isBodyOptional: true,
  gives: {
    200: {
      description: 'Incoming: the new delivery. Outgoing: the same delivery, to be sent again.',
      schema: wholeDelivery,
      headers: { Location: 'The path of the delivery.' },
    },
  },
} as const satisfies Contract;

export function deliveryRoutes(services: RestServices): Endpoint[] {
  const again = async ({ caller }: AnyCall, id: string): Promise<Reply> => {
    const delivery = await readDelivery(services, caller, { id });
    return {
      status: 200,
      json: await presentWholeDelivery(services, caller, delivery),
      headers: { location: `/api/v1/deliveries/${id}` },
    };
  };
  return [
    endpoint(listContract, async ({ caller, query, url }) => {
      const { limit, cursor, direction, verdict, trigger_id, endpoint_id, task_id } = query;
      const filter = given({
        direction,
        verdict,
        triggerId: trigger_id,
        endpointId: endpoint_id,
        taskId: task_id,
      });
      const page = await listDeliveries(services, caller, { filter, page: pageRequest(limit, cursor) });
      return pageReply(url, page, await presentDeliveries(services, caller, page.items));
    }),
    endpoint(getContract, async ({ caller, params: { id } }) => ({
      status: 200,
      json: await presentWholeDelivery(services, caller, await readDelivery(services, caller, { id })),
    })),
    endpoint(redeliverContract, async (call) => {
      const { id } = await redeliver(services, call.caller, call.params);
      return again(call, id);
    }),
  ];
}
