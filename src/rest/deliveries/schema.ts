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
      .openapi({ description: "The response's HTTP status; null when there was no response." }),
    error: z.string().nullable(),
    response: z.string().nullable().openapi({ description: 'The beginning of the response body.' }),
  })
  .openapi('DeliveryTry');

export const delivery = z
  .object({
    id: z.string(),
    direction: z.enum(['in', 'out']),
    trigger_id: z.string().nullable().openapi({ description: 'Of an incoming delivery.' }),
    endpoint_id: z.string().nullable().openapi({ description: 'Of an outgoing delivery.' }),
    verdict,
    reason: z.string().nullable(),
    key: z.string().nullable().openapi({
      description:
        "Incoming: the sender's id of the delivery. Outgoing: the event's id, sent as `webhook-id`.",
    }),
    headers: z.record(z.string(), z.string()).openapi({ description: 'Secrets in them are redacted.' }),
    task_id: z.string().nullable(),
    duplicate_of: z.string().nullable(),
    redelivery_of: z.string().nullable(),
    redelivered_by: orNull(actor),
    attempts: z.int().openapi({ description: 'Attempts since it was created or last redelivered.' }),
    next_attempt_at: moment.nullable(),
    created_at: moment,
    decided_at: moment.nullable(),
  })
  .openapi('Delivery', { description: 'One call of a webhook, incoming or outgoing.' });
export type DeliveryJson = z.output<typeof delivery>;

export const wholeDelivery = delivery
  .extend({
    body: z.string().openapi({ description: 'As text, or as base64 if it is not UTF-8.' }),
    body_encoding: z.enum(['utf-8', 'base64']),
    tries: z
      .array(attempt)
      .openapi({ description: 'The newest 50 attempts of an outgoing delivery, the oldest of them first.' }),
  })
  .openapi('WholeDelivery');

export const deliveryPage = pageOf('DeliveryPage', delivery);

export const listDeliveriesQuery = z.object({
  direction: z.enum(['in', 'out']).optional().openapi({ description: 'Incoming or outgoing.' }),
  trigger_id: idText('trigger').optional().openapi({ description: 'Of this trigger.' }),
  endpoint_id: idText('endpoint').optional().openapi({ description: 'To this endpoint.' }),
  task_id: idText('task')
    .optional()
    .openapi({ description: 'That created this task, or report a change of it.' }),
  verdict: listOf(verdict).optional().openapi({ description: 'With one of these verdicts.' }),
  ...pageQuery,
});
