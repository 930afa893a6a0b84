import { z } from '@hono/zod-openapi';
import { LIMITS } from '../../domain/limits.ts';
import { actor, atLeastOne, moment, reasonField } from '../contract/fields.ts';
import { formed, line, text, URL_PATTERN } from '../contract/text.ts';
import { source, status } from '../tasks/schema.ts';

const url = formed(URL_PATTERN, LIMITS.urlCharacters).openapi({
  description: 'Never a private address.',
  example: 'https://example.com/hooks/errand',
});
const description = text(LIMITS.reasonCharacters).openapi({ description: 'What it is for.' });
const agents = z.array(line(LIMITS.nameCharacters)).max(100);
const FILTERS = {
  statuses: z
    .array(status)
    .max(20)
    .optional()
    .openapi({ description: 'Sent when a task changes to one of these; empty: to any.' }),
  agents: agents.optional().openapi({ description: 'Only for tasks of these agents; empty: for all.' }),
  sources: z
    .array(source)
    .max(20)
    .optional()
    .openapi({ description: 'Only for tasks from these sources; empty: from any.' }),
};

export const webhookEndpoint = z
  .object({
    id: z.string(),
    url: z.string().openapi({ description: 'Complete only for callers who may change endpoints.' }),
    description: z.string().nullable(),
    statuses: z.array(status),
    agents: z.array(z.string()),
    sources: z.array(source),
    secret_count: z.int(),
    secret: z.string().nullable().optional().openapi({
      description:
        'Only in the reply to its creation or to `rotate_secret`; null in a repetition under the same idempotency key.',
    }),
    created_by: actor,
    created_at: moment,
    updated_at: moment,
    disabled_at: moment.nullable(),
    disabled_reason: z.string().nullable(),
    failing_since: moment.nullable(),
  })
  .openapi('WebhookEndpoint', { description: 'URLs that changes of tasks are sent to.' });
export type WebhookEndpointJson = z.output<typeof webhookEndpoint>;

export const endpointList = z
  .object({ data: z.array(webhookEndpoint), next_cursor: z.null() })
  .openapi('WebhookEndpointList');

export const createEndpointBody = z
  .strictObject({ url, description: description.nullish(), ...FILTERS })
  .openapi('CreateWebhookEndpoint', {
    example: { url: 'https://example.com/hooks/errand', statuses: ['completed', 'failed'] },
  });

export const updateEndpointBody = atLeastOne(
  z.strictObject({
    url: url.optional(),
    description: description.nullable().optional(),
    ...FILTERS,
    enabled: z.boolean().optional().openapi({
      description: 'False disables it for `reason` and cancels its pending deliveries; true enables it.',
    }),
    reason: reasonField.optional(),
    rotate_secret: z.boolean().optional().openapi({
      description: 'Creates a new secret, shown once; the previous one also signs until `drop_old_secret`.',
    }),
    drop_old_secret: z.boolean().optional(),
  }),
).openapi('UpdateWebhookEndpoint', { minProperties: 1, example: { enabled: false } });
