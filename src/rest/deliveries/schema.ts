import { z } from '@hono/zod-openapi';
import { type DeliveryVerdict, INCOMING_VERDICTS, OUTGOING_VERDICTS } from '../../domain/delivery.ts';
import { actor, moment, orNull, pageOf, pageQuery } from '../contract/fields.ts';
import { idText, listOf } from '../contract/text.ts';

const VERDICTS = [...new Set<DeliveryVerdict>([...INCOMING_VERDICTS, ...OUTGOING_VERDICTS])] as [
  DeliveryVerdict,
  ...DeliveryVerdict[],
];
const verdict = z.enum(VERDICTS).openapi('DeliveryVerdict', { description: 'What came of it.' });

const attempt = z
  .object({
    number: z.int(),
    at: moment,
    duration_ms: z.int(),
    status: z
      .int()
      .nullable()
      .openapi({ description: "The answer's HTTP status; null when there was none." }),
    error: z.string().nullable(),
    response: z.string().nullable().openapi({ description: "The beginning of the answer's body." }),
  })
  .openapi('DeliveryTry');

export const delivery = z
  .object({
    id: z.string(),
    direction: z.enum(['in', 'out']),
    trigger_id: z.string().nullable().openapi({ description: 'Of one that came in.' }),
    endpoint_id: z.string().nullable().openapi({ description: 'Of one that goes out.' }),
    verdict,
    reason: z.string().nullable(),
    key: z
      .string()
      .nullable()
      .openapi({ description: "In: the sender's id of it. Out: the event's, sent as `webhook-id`." }),
    headers: z.record(z.string(), z.string()).openapi({ description: 'What is secret in them is redacted.' }),
    task_id: z.string().nullable(),
    duplicate_of: z.string().nullable(),
    redelivery_of: z.string().nullable(),
    redelivered_by: orNull(actor),
    attempts: z.int().openapi({ description: 'Tries since it was made or last redelivered.' }),
    next_attempt_at: moment.nullable(),
    created_at: moment,
    decided_at: moment.nullable(),
  })
  .openapi('Delivery', { description: 'One call of a webhook, in or out.' });
export type DeliveryJson = z.output<typeof delivery>;

export const wholeDelivery = delivery
  .extend({
    body: z.string().openapi({ description: 'As text, or as base64 where it is none.' }),
    body_encoding: z.enum(['utf-8', 'base64']),
    tries: z.array(attempt).openapi({ description: 'Every try of one that goes out; the newest 50.' }),
  })
  .openapi('WholeDelivery');

export const deliveryPage = pageOf('DeliveryPage', delivery);

export const listDeliveriesQuery = z.object({
  direction: z
    .enum(['in', 'out'])
    .optional()
    .openapi({ description: 'Those that came in, or those that go out.' }),
  trigger_id: idText('trigger').optional().openapi({ description: 'Of this trigger.' }),
  endpoint_id: idText('endpoint').optional().openapi({ description: 'To this endpoint.' }),
  task_id: idText('task').optional().openapi({ description: 'That made this task, or tell of it.' }),
  verdict: listOf(verdict).optional().openapi({ description: 'With one of these verdicts.' }),
  ...pageQuery,
});
