import { z } from '@hono/zod-openapi';
import { LIMITS } from '../../domain/limits.ts';
import { actor, atLeastOne, moment, reasonField } from '../contract/fields.ts';
import { formed, line, text, URL_PATTERN } from '../contract/text.ts';
import { source, status } from '../tasks/schema.ts';

const url = formed(URL_PATTERN, LIMITS.urlCharacters).openapi({
  description: `The URL that webhooks are sent to: a public address, or one that ERRAND_OUTGOING_ALLOW lists; at most ${LIMITS.urlCharacters} characters.`,
  example: 'https://example.com/hooks/errand',
});
const description = text(LIMITS.reasonCharacters).openapi({ description: 'What the endpoint is for.' });
const agents = z.array(line(LIMITS.nameCharacters)).max(100);
const FILTERS = {
  statuses: z
    .array(status)
    .max(20)
    .optional()
    .openapi({ description: 'A webhook is sent when a task gets one of these statuses. Empty: any status.' }),
  agents: agents
    .optional()
    .openapi({ description: 'Only for tasks of these agents. Empty: all tasks, also tracked ones.' }),
  sources: z
    .array(source)
    .max(20)
    .optional()
    .openapi({ description: 'Only for tasks from these sources. Empty: any source.' }),
};

export const webhookEndpoint = z
  .object({
    id: z.string(),
    url: z.string().openapi({ description: 'Callers who may not change endpoints see only its origin.' }),
    description: z.string().nullable(),
    statuses: z.array(status),
    agents: z.array(z.string()),
    sources: z.array(source),
    secret_count: z.int(),
    secret: z.string().nullable().optional().openapi({
      description:
        'Only in the response to the creation or to `rotate_secret`. Null in a repetition under the same idempotency key.',
    }),
    created_by: actor,
    created_at: moment,
    updated_at: moment,
    disabled_at: moment.nullable(),
    disabled_reason: z.string().nullable(),
    failing_since: moment.nullable(),
  })
  .openapi('WebhookEndpoint', {
    description: 'A URL that matching status changes of tasks are sent to, as signed webhooks.',
  });
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
      description:
        'False: disables the endpoint, with `reason`, and cancels its pending deliveries. True: enables it.',
    }),
    reason: reasonField.optional(),
    rotate_secret: z.boolean().optional().openapi({
      description:
        'True: generates a new secret, which is shown once. The previous one also signs until `drop_old_secret`.',
    }),
    drop_old_secret: z.boolean().optional(),
  }),
).openapi('UpdateWebhookEndpoint', { minProperties: 1, example: { enabled: false } });
