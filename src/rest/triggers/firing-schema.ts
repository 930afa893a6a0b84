import { z } from '@hono/zod-openapi';
import { LIMITS } from '../../domain/limits.ts';
import { OCCURRENCE_KINDS, OCCURRENCE_OUTCOMES, TRIGGER_KINDS } from '../../domain/trigger.ts';
import { actor, anyJson, moment, orNull, pageOf, reasonField } from '../contract/fields.ts';
import { delivery } from '../deliveries/schema.ts';
import { cron, timezone } from './schema.ts';

export const fireBody = z
  .strictObject({
    reason: reasonField
      .optional()
      .openapi({ description: 'The reason, recorded with the occurrence of a cron trigger.' }),
    sample: z
      .strictObject({
        headers: z.record(z.string().max(LIMITS.nameCharacters), z.string().max(8_000)).optional(),
        body: anyJson.openapi({
          description: 'A string is used as the raw body; any other value as its JSON.',
        }),
      })
      .openapi({ required: ['body'] })
      .optional()
      .openapi({
        description:
          'The simulated call, which is not verified. Required for a webhook trigger, refused for a cron trigger.',
      }),
  })
  .openapi('FireTrigger', { example: { reason: 'Trying it out' } });

const occurrence = z
  .object({
    id: z.string(),
    trigger_id: z.string(),
    due_at: moment,
    kind: z.enum(OCCURRENCE_KINDS),
    fired_by: orNull(actor),
    task_id: z.string().nullable(),
    outcome: z
      .enum(OCCURRENCE_OUTCOMES)
      .nullable()
      .openapi({ description: 'The result. Null: not decided yet.' }),
    reason: z.string().nullable(),
    created_at: moment,
    decided_at: moment.nullable(),
  })
  .openapi('Occurrence', {
    description: 'One due moment of a cron trigger, or a firing by hand, and its result.',
  });

export const fired = z
  .object({
    kind: z.enum(TRIGGER_KINDS),
    task_id: z.string().nullable(),
    occurrence: orNull(occurrence).openapi({
      description: 'The occurrence of a cron trigger. Null for a webhook trigger.',
    }),
    delivery: orNull(delivery).openapi({
      description: 'The delivery of a webhook trigger. Null for a cron trigger.',
    }),
  })
  .openapi('FiredTrigger');

export const occurrencePage = pageOf('OccurrencePage', occurrence);

export const previewQuery = z.object({
  cron,
  timezone: timezone.default('UTC'),
  first: z
    .int()
    .min(1)
    .max(LIMITS.maxPageSize)
    .default(5)
    .openapi({ description: 'The number of due moments. Default: 5.' }),
});

export const preview = z.object({ words: z.string(), occurrences: z.array(moment) }).openapi('CronPreview', {
  example: { words: 'At 02:00, Monday through Friday', occurrences: ['2026-11-26T01:00:00.000Z'] },
});
