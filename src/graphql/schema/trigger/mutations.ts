import { LIMITS } from '../../../domain/limits.ts';
import type { Caller } from '../../../domain/permissions.ts';
import type { CronTrigger, Trigger } from '../../../domain/trigger.ts';
import { createCronTrigger } from '../../../triggers/commands/create-cron.ts';
import {
  type CreatedWebhookTrigger,
  createWebhookTrigger,
} from '../../../triggers/commands/create-webhook.ts';
import { deleteTrigger } from '../../../triggers/commands/delete.ts';
import { pauseTrigger } from '../../../triggers/commands/pause.ts';
import { resumeTrigger } from '../../../triggers/commands/resume.ts';
import { updateTrigger } from '../../../triggers/commands/update.ts';
import type { TriggerContext } from '../../../triggers/context.ts';
import { CRON_TEXTS } from '../../../triggers/cron/texts.ts';
import { DEFAULTS, MISFIRE_WINDOW_SECONDS } from '../../../triggers/fields.ts';
import { DEFAULT_VERIFY_HEADER } from '../../../triggers/signatures/verification.ts';
import { builder } from '../../builder.ts';
import type { ErrorTypeName } from '../errors.ts';
import { capitalized, given, mutation } from '../mutation.ts';
import { MisfireEnum, OverlapEnum, VerifySchemeEnum } from './enums.ts';
import { CronTriggerRef, TriggerRef, WebhookTriggerRef } from './trigger.ts';

const ERRORS = [
  'ValidationError',
  'NotFoundError',
  'ForbiddenError',
] as const satisfies readonly ErrorTypeName[];

const ID = 'The trigger: `trg_…`.';
const NAME = `Its name, which no other trigger has; ${LIMITS.nameCharacters} characters at most.`;
const AGENT = 'The agent that is to work on its tasks.';
const TITLE = `The Liquid template of its tasks' title, such as \`Report for {{ scheduled_at | date: '%F' }}\` or \`Review {{ body.title }}\`; ${LIMITS.templateCharacters} characters at most.`;
const DESCRIPTION = `The Liquid template of its tasks' description; ${LIMITS.templateCharacters} characters at most.`;
const PRIORITY = `The priority of its tasks: ${LIMITS.minPriority} to ${LIMITS.maxPriority}, higher first.`;
const CRON = `${CRON_TEXTS.cron} ${LIMITS.cronCharacters} characters at most; see \`previewCron\`.`;
const TIMEZONE = 'The IANA time zone it is read in, such as `Europe/Berlin`.';
const OVERLAP = 'What happens while a task of the moment before is not final.';
const MISFIRE = 'What is made up for moments that passed while nothing was running.';
const MISFIRE_WINDOW = `How far back those are made up, in seconds: ${MISFIRE_WINDOW_SECONDS.min} to ${MISFIRE_WINDOW_SECONDS.max}.`;
const MISFIRE_WINDOW_TEXT =
  'The same as `misfireWindowSeconds` as a text with its unit, as agents.yaml has it: `30m`, `6h`, `2d`.';
const CHECK = `${CRON_TEXTS.check} ${LIMITS.urlCharacters} characters at most.`;
const PATH = `Where it is called, \`POST /webhooks/<path>\`: letters, digits, - and _; ${LIMITS.pathCharacters} characters at most.`;
const WEBHOOK = 'The same as `path`, by its name in agents.yaml; one of the two is given.';
const VERIFY = 'How a call proves where it comes from.';
const VERIFY_HEADER = 'The header that HEADER reads the secret from.';
const SECRET = 'What calls are signed with, at least 16 characters. It is never shown.';
const WHEN = `A CEL condition over \`body\`, \`headers\` and \`query\`, such as \`body.action == "opened"\`; ${LIMITS.conditionCharacters} characters at most.`;
const DEDUPE = 'For senders that give no id: the same body within so many seconds is a repetition; 0: never.';

const CreateCronTriggerInput = builder.inputType('CreateCronTriggerInput', {
  description: 'A new cron trigger.',
  fields: (t) => ({
    name: t.string({ required: true, description: NAME }),
    cron: t.string({ required: true, description: CRON }),
    timezone: t.string({ description: `${TIMEZONE} ${DEFAULTS.timezone} when nothing is said.` }),
    agent: t.string({ description: `${AGENT} Absent: they are tracked.` }),
    title: t.string({ required: true, description: TITLE }),
    description: t.string({ description: DESCRIPTION }),
    priority: t.int({ description: `${PRIORITY} ${DEFAULTS.priority} when nothing is said.` }),
    overlap: t.field({
      type: OverlapEnum,
      description: `${OVERLAP} ${DEFAULTS.overlap.toUpperCase()} when nothing is said.`,
    }),
    misfire: t.field({
      type: MisfireEnum,
      description: `${MISFIRE} ${DEFAULTS.misfire.toUpperCase()} when nothing is said.`,
    }),
    misfireWindowSeconds: t.int({
      description: `${MISFIRE_WINDOW} ${DEFAULTS.misfireWindowSeconds} when nothing is said.`,
    }),
    misfireWindow: t.string({ description: MISFIRE_WINDOW_TEXT }),
    checkUrl: t.string({ description: `${CHECK} Absent: nothing is asked.` }),
  }),
});

const CreateCronTriggerPayload = builder
  .objectRef<{ trigger: CronTrigger }>('CreateCronTriggerPayload')
  .implement({
    description: 'What createCronTrigger gives when it was done.',
    fields: (t) => ({
      trigger: t.expose('trigger', { type: CronTriggerRef, description: 'The new trigger.' }),
    }),
  });

mutation({
  name: 'createCronTrigger',
  description: 'Makes a schedule: a task at each due moment from now on. It acts with your rights.',
  input: CreateCronTriggerInput,
  payload: CreateCronTriggerPayload,
  errors: ['ValidationError', 'ForbiddenError'],
  run: async ({ services, caller }, input) => ({
    trigger: await createCronTrigger(services.triggers, caller, given(input)),
  }),
});

const CreateWebhookTriggerInput = builder.inputType('CreateWebhookTriggerInput', {
  description: 'A new webhook that comes in.',
  fields: (t) => ({
    name: t.string({ required: true, description: NAME }),
    path: t.string({ description: PATH }),
    webhook: t.string({ description: WEBHOOK }),
    verify: t.field({
      type: VerifySchemeEnum,
      description: `${VERIFY} ${DEFAULTS.verify.toUpperCase()} when nothing is said.`,
    }),
    verifyHeader: t.string({
      description: `${VERIFY_HEADER} ${DEFAULT_VERIFY_HEADER} when nothing is said.`,
    }),
    secret: t.string({
      description: `${SECRET} Absent: for STANDARD, GITHUB and HEADER one is made, and shown once.`,
    }),
    secrets: t.stringList({
      description: 'In place of `secret`: the new one and the one before, both taken.',
    }),
    when: t.string({ description: `${WHEN} Absent: every call makes a task.` }),
    dedupeSeconds: t.int({ description: `${DEDUPE} ${DEFAULTS.dedupeSeconds} when nothing is said.` }),
    agent: t.string({ description: `${AGENT} Absent: they are tracked.` }),
    title: t.string({ required: true, description: TITLE }),
    description: t.string({ description: DESCRIPTION }),
    priority: t.int({ description: `${PRIORITY} ${DEFAULTS.priority} when nothing is said.` }),
  }),
});

const CreateWebhookTriggerPayload = builder
  .objectRef<CreatedWebhookTrigger>('CreateWebhookTriggerPayload')
  .implement({
    description: 'What createWebhookTrigger gives when it was done.',
    fields: (t) => ({
      trigger: t.expose('trigger', { type: WebhookTriggerRef, description: 'The new trigger.' }),
      secret: t.exposeString('secret', {
        nullable: true,
        description: 'What the sender is to sign with, shown this once; null when you gave it, and for NONE.',
      }),
    }),
  });

mutation({
  name: 'createWebhookTrigger',
  description: 'Makes a webhook that makes tasks of its calls. It acts with your rights.',
  input: CreateWebhookTriggerInput,
  payload: CreateWebhookTriggerPayload,
  errors: ['ValidationError', 'ForbiddenError'],
  run: ({ services, caller }, input) => createWebhookTrigger(services.triggers, caller, given(input)),
});

interface TriggerChange<Input> {
  readonly name: string;
  readonly description: string;
  readonly input: Parameters<typeof mutation<Input, { trigger: Trigger }>>[0]['input'];
  readonly run: (triggers: TriggerContext, caller: Caller, input: Input) => Promise<Trigger>;
}

/** A mutation that gives the trigger as it is now. */
function triggerMutation<Input>({ run, ...options }: TriggerChange<Input>): void {
  const payload = builder.objectRef<{ trigger: Trigger }>(`${capitalized(options.name)}Payload`).implement({
    description: `What ${options.name} gives when it was done.`,
    fields: (t) => ({
      trigger: t.expose('trigger', { type: TriggerRef, description: 'The trigger as it is now.' }),
    }),
  });
  mutation({
    ...options,
    payload,
    errors: ERRORS,
    run: async ({ services, caller }, input) => ({ trigger: await run(services.triggers, caller, input) }),
  });
}

const UpdateTriggerInput = builder.inputType('UpdateTriggerInput', {
  description:
    'Changes of a trigger, of either kind. Absent fields stay as they are; null empties where it is allowed. A field of the other kind is refused.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    name: t.string({ description: NAME }),
    agent: t.string({ description: `${AGENT} Null: they are tracked.` }),
    title: t.string({ description: TITLE }),
    description: t.string({ description: `${DESCRIPTION} Null: none.` }),
    priority: t.int({ description: PRIORITY }),
    cron: t.string({ description: `${CRON} What is due counts from now.` }),
    timezone: t.string({ description: `${TIMEZONE} What is due counts from now.` }),
    overlap: t.field({ type: OverlapEnum, description: OVERLAP }),
    misfire: t.field({ type: MisfireEnum, description: MISFIRE }),
    misfireWindowSeconds: t.int({ description: MISFIRE_WINDOW }),
    misfireWindow: t.string({ description: MISFIRE_WINDOW_TEXT }),
    checkUrl: t.string({ description: `${CHECK} Null: nothing is asked.` }),
    path: t.string({ description: PATH }),
    webhook: t.string({ description: WEBHOOK }),
    verify: t.field({ type: VerifySchemeEnum, description: VERIFY }),
    verifyHeader: t.string({ description: `${VERIFY_HEADER} Null: ${DEFAULT_VERIFY_HEADER}.` }),
    secret: t.string({
      description: `${SECRET} The one before is taken beside it until \`dropOldSecret\`.`,
    }),
    secrets: t.stringList({ description: 'In place of `secret`: just these are taken, two at most.' }),
    dropOldSecret: t.boolean({
      description: 'True: of two secrets only the newer one is taken from now on.',
    }),
    when: t.string({ description: `${WHEN} Null: every call makes a task.` }),
    dedupeSeconds: t.int({ description: DEDUPE }),
  }),
});

triggerMutation({
  name: 'updateTrigger',
  description: 'Changes a trigger. One from agents.yaml is refused: it is changed there.',
  input: UpdateTriggerInput,
  run: (triggers, caller, input) =>
    updateTrigger(triggers, caller, given(input, 'agent', 'description', 'checkUrl', 'verifyHeader', 'when')),
});

const PauseTriggerInput = builder.inputType('PauseTriggerInput', {
  description: 'Pauses a trigger.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    reason: t.string({
      description: `Why, for those who find it paused; ${LIMITS.reasonCharacters} characters at most.`,
    }),
  }),
});

triggerMutation({
  name: 'pauseTrigger',
  description:
    'Stops a trigger from making tasks until it is resumed; calls of its webhook are put on record as FILTERED, and their senders see no error.',
  input: PauseTriggerInput,
  run: (triggers, caller, input) => pauseTrigger(triggers, caller, given(input)),
});

const ResumeTriggerInput = builder.inputType('ResumeTriggerInput', {
  description: 'Ends a pause.',
  fields: (t) => ({ id: t.id({ required: true, description: ID }) }),
});

triggerMutation({
  name: 'resumeTrigger',
  description: 'Has a paused trigger make tasks again. What was due in between is not made up.',
  input: ResumeTriggerInput,
  run: (triggers, caller, input) => resumeTrigger(triggers, caller, { id: input.id }),
});

const DeleteTriggerInput = builder.inputType('DeleteTriggerInput', {
  description: 'Deletes a trigger.',
  fields: (t) => ({ id: t.id({ required: true, description: ID }) }),
});

triggerMutation({
  name: 'deleteTrigger',
  description:
    'Deletes a trigger; what it made stays, and its name and path are free again. One from agents.yaml is refused: it is deleted there.',
  input: DeleteTriggerInput,
  run: (triggers, caller, input) => deleteTrigger(triggers, caller, { id: input.id }),
});
