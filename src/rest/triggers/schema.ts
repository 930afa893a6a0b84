import { z } from '@hono/zod-openapi';
import { LIMITS } from '../../domain/limits.ts';
import { VERIFY_SCHEMES } from '../../domain/signatures/schemes.ts';
import { MISFIRES, OVERLAPS, TRIGGER_KINDS, TRIGGER_ORIGINS } from '../../domain/trigger.ts';
import { newTriggerText, triggerFieldDoc } from '../../triggers/field-texts.ts';
import {
  MAX_DEDUPE_SECONDS,
  MISFIRE_WINDOW_SECONDS,
  TRIGGER_NAME,
  WEBHOOK_PATH,
} from '../../triggers/fields.ts';
import {
  MAX_HEADER_CHARACTERS,
  MAX_SECRET_CHARACTERS,
  MIN_SECRET_CHARACTERS,
  SECRET,
} from '../../triggers/signatures/verification.ts';
import { actor, atLeastOne, moment, orNull, pageOf, pageQuery, reasonField } from '../contract/fields.ts';
import { formed, line, listOf, text, URL_PATTERN } from '../contract/text.ts';

const name = formed(TRIGGER_NAME, LIMITS.nameCharacters).openapi(triggerFieldDoc('name'));
const agent = text(LIMITS.nameCharacters).openapi(triggerFieldDoc('agent'));
const title = line(LIMITS.templateCharacters).openapi(triggerFieldDoc('title'));
const description = line(LIMITS.templateCharacters).openapi(triggerFieldDoc('description'));
const priority = z.int().min(LIMITS.minPriority).max(LIMITS.maxPriority).openapi(triggerFieldDoc('priority'));
export const cron = text(LIMITS.cronCharacters).openapi(triggerFieldDoc('cron'));
export const timezone = text(LIMITS.nameCharacters).openapi(triggerFieldDoc('timezone'));
const overlap = z.enum(OVERLAPS).openapi(triggerFieldDoc('overlap'));
const misfire = z.enum(MISFIRES).openapi(triggerFieldDoc('misfire'));
const misfireWindow = z
  .int()
  .min(MISFIRE_WINDOW_SECONDS.min)
  .max(MISFIRE_WINDOW_SECONDS.max)
  .openapi(triggerFieldDoc('misfireWindowSeconds'));
const misfireWindowText = formed(/^\d+(?:\.\d+)?[smhd]$/, 20).openapi(triggerFieldDoc('misfireWindow'));
const checkUrl = formed(URL_PATTERN, LIMITS.urlCharacters).openapi(triggerFieldDoc('checkUrl'));
const path = formed(WEBHOOK_PATH, LIMITS.pathCharacters).openapi(triggerFieldDoc('path'));
const webhookName = path.openapi(triggerFieldDoc('webhook'));
const verify = z.enum(VERIFY_SCHEMES).openapi(triggerFieldDoc('verify'));
const verifyHeader = formed(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, MAX_HEADER_CHARACTERS).openapi(
  triggerFieldDoc('verifyHeader'),
);
const secret = formed(SECRET, MAX_SECRET_CHARACTERS).openapi({
  ...triggerFieldDoc('secret'),
  minLength: MIN_SECRET_CHARACTERS,
});
const when = line(LIMITS.conditionCharacters).openapi(triggerFieldDoc('when'));
const dedupe = z.int().min(0).max(MAX_DEDUPE_SECONDS).openapi(triggerFieldDoc('dedupeSeconds'));

const base = {
  id: z.string(),
  name: z.string(),
  origin: z.enum(TRIGGER_ORIGINS).openapi({
    description:
      'Where it is defined. A trigger from agents.yaml (`file`) can only be paused, resumed and fired by the API.',
  }),
  agent: z.string().nullable(),
  title: z.string(),
  description: z.string().nullable(),
  priority: z.int(),
  created_by: actor,
  created_at: moment,
  updated_at: moment,
  paused_at: moment.nullable(),
  paused_by: orNull(actor),
  pause_reason: z.string().nullable(),
};

const cronTrigger = z
  .object({
    ...base,
    kind: z.literal('cron'),
    cron: z.string(),
    timezone: z.string(),
    words: z.string().openapi({ description: 'The expression in words.' }),
    overlap,
    misfire,
    misfire_window_seconds: z.int(),
    check_url: z.string().nullable(),
    next_due_at: moment.nullable(),
    next_occurrences: z.array(moment).openapi({ description: 'The next due moments.' }),
  })
  .openapi('CronTrigger');

const webhookTrigger = z
  .object({
    ...base,
    kind: z.literal('webhook'),
    path: z.string(),
    url_path: z.string().openapi({ example: '/webhooks/github' }),
    verify,
    verify_header: z.string().nullable(),
    secret_count: z.int().openapi({ description: 'The number of accepted secrets: two during a rotation.' }),
    secret: z.string().nullable().optional().openapi({
      description:
        'A generated secret, only in the response to the creation. Null in a repetition under the same idempotency key.',
    }),
    when: z.string().nullable(),
    dedupe_seconds: z.int(),
  })
  .openapi('WebhookTrigger');

export const trigger = z.union([cronTrigger, webhookTrigger]).openapi('Trigger', {
  description: 'A rule that creates tasks: a cron schedule or a webhook.',
});
export type TriggerJson = z.output<typeof trigger>;
export const triggerPage = pageOf('TriggerPage', trigger);

const createBase = {
  name,
  agent: agent.nullish(),
  title,
  description: description.nullish(),
  priority: priority.nullish().openapi({ description: newTriggerText('priority') }),
};

const createCron = z
  .strictObject({
    kind: z.literal('cron'),
    ...createBase,
    cron,
    timezone: timezone.nullish().openapi({ description: newTriggerText('timezone') }),
    overlap: overlap.nullish().openapi({ description: newTriggerText('overlap') }),
    misfire: misfire.nullish().openapi({ description: newTriggerText('misfire') }),
    misfire_window_seconds: misfireWindow
      .nullish()
      .openapi({ description: newTriggerText('misfireWindowSeconds') }),
    misfire_window: misfireWindowText.nullish(),
    check_url: checkUrl.nullish(),
  })
  .openapi('CreateCronTrigger', {
    example: {
      kind: 'cron',
      name: 'nightly-report',
      cron: '0 2 * * mon-fri',
      timezone: 'Europe/Berlin',
      title: 'Nightly report',
    },
  });

const createWebhook = z
  .strictObject({
    kind: z.literal('webhook'),
    ...createBase,
    path: path.optional(),
    webhook: webhookName.optional(),
    verify: verify.nullish().openapi({ description: newTriggerText('verify') }),
    verify_header: verifyHeader.nullish().openapi({ description: newTriggerText('verifyHeader') }),
    secret: secret.nullish(),
    secrets: z.array(secret).max(2).nullish(),
    when: when.nullish(),
    dedupe_seconds: dedupe.nullish().openapi({ description: newTriggerText('dedupeSeconds') }),
  })
  .openapi('CreateWebhookTrigger', {
    example: {
      kind: 'webhook',
      name: 'github',
      path: 'github',
      verify: 'github',
      title: 'Review {{ body.pull_request.title }}',
    },
  });

export const createTriggerBody = z
  .discriminatedUnion('kind', [createCron, createWebhook])
  .openapi('CreateTrigger');

export const updateTriggerBody = atLeastOne(
  z.strictObject({
    name: name.optional(),
    agent: agent.nullable().optional(),
    title: title.optional(),
    description: description.nullable().optional(),
    priority: priority.optional(),
    cron: cron.optional(),
    timezone: timezone.optional(),
    overlap: overlap.optional(),
    misfire: misfire.optional(),
    misfire_window_seconds: misfireWindow.optional(),
    misfire_window: misfireWindowText.optional(),
    check_url: checkUrl.nullable().optional(),
    path: path.optional(),
    webhook: webhookName.optional(),
    verify: verify.optional(),
    verify_header: verifyHeader.nullable().optional(),
    secret: secret
      .optional()
      .openapi({ description: 'The new secret. The previous one stays valid until `drop_old_secret`.' }),
    secrets: z.array(secret).max(2).optional(),
    drop_old_secret: z.boolean().optional(),
    when: when.nullable().optional(),
    dedupe_seconds: dedupe.optional(),
  }),
).openapi('UpdateTrigger', {
  description:
    'Absent fields do not change; null clears an optional field. The kind of a trigger cannot be changed.',
  minProperties: 1,
  example: { title: 'Report of the night' },
});

export const pauseBody = z.strictObject({ reason: reasonField.nullish() }).openapi('PauseTrigger', {
  example: { reason: 'Holidays' },
});
export const nothingBody = z.strictObject({}).openapi('Nothing', { example: {} });

export const listTriggersQuery = z.object({
  kind: z.enum(TRIGGER_KINDS).optional().openapi({ description: 'Triggers of this kind.' }),
  paused: z
    .boolean()
    .optional()
    .openapi({ description: 'True: only paused triggers. False: only triggers that are not paused.' }),
  agent: listOf(text(LIMITS.nameCharacters))
    .optional()
    .openapi({ description: 'Triggers with one of these agents.' }),
  q: text(LIMITS.titleCharacters)
    .optional()
    .openapi({ description: 'Triggers with this text in the name, title or description, case-insensitive.' }),
  ...pageQuery,
});
