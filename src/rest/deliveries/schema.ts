import { z } from '@hono/zod-openapi';
import { type DeliveryVerdict, INCOMING_VERDICTS, OUTGOING_VERDICTS } from '../../domain/delivery.ts';
import { actor, moment, orNull, pageOf, pageQuery } from '../contract/fields.ts';
import { idText, listOf } from '../contract/text.ts';

const VERDICTS = [...new Set<DeliveryVerdict>([...INCOMING_VERDICTS, ...OUTGOING_VERDICTS])] as [
  DeliveryVerdict,
  ...DeliveryVerdict[],
];
const verdict = z.enum(VERDICTS).openapi('DeliveryVerdict', { description: 'The result of the delivery.' });

const attempt = z
  .object({
    number: z.int(),
    at: moment,
    duration_ms: z.int(),
    status: z
      .int()
      .nullable()
      .openapi({ description: 'The HTTP status of the response. Null: no response.' }),
    error: z.string().nullable(),
    response: z
      .string()
      .nullable()
      .openapi({ description: 'The beginning of the response body. Null: no response.' }),
  })
  .openapi('DeliveryTry');

export const delivery = z
  .object({
    id: z.string(),
    direction: z.enum(['in', 'out']),
    trigger_id: z
      .string()
      .nullable()
      .openapi({ description: 'The trigger of an incoming delivery. Null for an outgoing one.' }),
    endpoint_id: z
      .string()
      .nullable()
      .openapi({ description: 'The endpoint of an outgoing delivery. Null for an incoming one.' }),
    verdict,
    reason: z.string().nullable(),
    key: z.string().nullable().openapi({
      description:
        'Incoming: the id that the sender gave; null if none. Outgoing: the id of the event, sent as `webhook-id`.',
    }),
    headers: z
      .record(z.string(), z.string())
      .openapi({ description: 'The headers with lower-case names. Secrets are redacted.' }),
    task_id: z.string().nullable(),
    duplicate_of: z.string().nullable(),
    redelivery_of: z.string().nullable(),
    redelivered_by: orNull(actor),
    attempts: z
      .int()
      .openapi({ description: 'The number of attempts since it was created or last redelivered.' }),
    next_attempt_at: moment.nullable(),
    created_at: moment,
    decided_at: moment.nullable(),
  })
  .openapi('Delivery', { description: 'One call of a webhook, incoming or outgoing.' });
export type DeliveryJson = z.output<typeof delivery>;

export const wholeDelivery = delivery
  .extend({
    body: z.string().openapi({ description: 'The body as text, or as base64 if it is not UTF-8.' }),
    body_encoding: z.enum(['utf-8', 'base64']),
    tries: z
      .array(attempt)
      .openapi({ description: 'The newest 50 attempts of an outgoing delivery, the oldest of them first.' }),
  })
  .openapi('WholeDelivery');

export const deliveryPage = pageOf('DeliveryPage', delivery);

export const listDeliveriesQuery = z.object({
  direction: z
    .enum(['in', 'out'])
    .optional()
    .openapi({ description: 'Incoming (`in`) or outgoing (`out`) deliveries.' }),
  trigger_id: idText('trigger').optional().openapi({ description: 'Calls of this trigger.' }),
  endpoint_id: idText('endpoint').optional().openapi({ description: 'Deliveries to this endpoint.' }),
  task_id: idText('task').optional().openapi({
    description: 'Deliveries that created this task, duplicate the one that did, or report a change of it.',
  }),
  verdict: listOf(verdict).optional().openapi({ description: 'Deliveries with one of these verdicts.' }),
  ...pageQuery,
});
