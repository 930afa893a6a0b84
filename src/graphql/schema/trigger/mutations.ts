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
import { newTriggerText, TRIGGER_TEXTS, type TriggerField } from '../../../triggers/field-texts.ts';
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
/** The text for a field of a new trigger, with its default as a GraphQL enum value. */
function newText(field: 'overlap' | 'misfire' | 'verify'): string {
  const { description, absent } = TRIGGER_TEXTS[field];
  return `${description} Default: ${absent.toUpperCase()}.`;
}
const changeText = (field: TriggerField): string => TRIGGER_TEXTS[field].description;

const CreateCronTriggerInput = builder.inputType('CreateCronTriggerInput', {
  description: 'A new cron trigger.',
  fields: (t) => ({
    name: t.string({ required: true, description: newTriggerText('name') }),
    cron: t.string({ required: true, description: `${newTriggerText('cron')} See \`previewCron\`.` }),
    timezone: t.string({ description: newTriggerText('timezone') }),
    agent: t.string({ description: newTriggerText('agent') }),
    title: t.string({ required: true, description: newTriggerText('title') }),
    description: t.string({ description: newTriggerText('description') }),
    priority: t.int({ description: newTriggerText('priority') }),
    overlap: t.field({ type: OverlapEnum, description: newText('overlap') }),
    misfire: t.field({ type: MisfireEnum, description: newText('misfire') }),
    misfireWindowSeconds: t.int({ description: newTriggerText('misfireWindowSeconds') }),
    misfireWindow: t.string({ description: newTriggerText('misfireWindow') }),
    checkUrl: t.string({ description: newTriggerText('checkUrl') }),
  }),
});

const CreateCronTriggerPayload = builder
  .objectRef<{ trigger: CronTrigger }>('CreateCronTriggerPayload')
  .implement({
    description: 'The payload of createCronTrigger.',
    fields: (t) => ({
      trigger: t.expose('trigger', { type: CronTriggerRef, description: 'The new trigger.' }),
    }),
  });

mutation({
  name: 'createCronTrigger',
  description:
    'Creates a cron trigger: a task at each due moment from now on. Its tasks have your permissions.',
  input: CreateCronTriggerInput,
  payload: CreateCronTriggerPayload,
  errors: ['ValidationError', 'ForbiddenError'],
  run: async ({ services, caller }, input) => ({
    trigger: await createCronTrigger(services.triggers, caller, given(input)),
  }),
});

const CreateWebhookTriggerInput = builder.inputType('CreateWebhookTriggerInput', {
  description: 'A new trigger that creates a task for each call of its webhook.',
  fields: (t) => ({
    name: t.string({ required: true, description: newTriggerText('name') }),
    path: t.string({ description: newTriggerText('path') }),
    webhook: t.string({ description: newTriggerText('webhook') }),
    verify: t.field({ type: VerifySchemeEnum, description: newText('verify') }),
    verifyHeader: t.string({ description: newTriggerText('verifyHeader') }),
    secret: t.string({
      description: `${newTriggerText('secret')} Default: for STANDARD, GITHUB and HEADER one is generated and shown once.`,
    }),
    secrets: t.stringList({ description: newTriggerText('secrets') }),
    when: t.string({ description: newTriggerText('when') }),
    dedupeSeconds: t.int({ description: newTriggerText('dedupeSeconds') }),
    agent: t.string({ description: newTriggerText('agent') }),
    title: t.string({ required: true, description: newTriggerText('title') }),
    description: t.string({ description: newTriggerText('description') }),
    priority: t.int({ description: newTriggerText('priority') }),
  }),
});

const CreateWebhookTriggerPayload = builder
  .objectRef<CreatedWebhookTrigger>('CreateWebhookTriggerPayload')
  .implement({
    description: 'The payload of createWebhookTrigger.',
    fields: (t) => ({
      trigger: t.expose('trigger', { type: WebhookTriggerRef, description: 'The new trigger.' }),
      secret: t.exposeString('secret', {
        nullable: true,
        description:
          'The secret that the sender signs with, shown only here. Null if you gave the secret, and for NONE.',
      }),
    }),
  });

mutation({
  name: 'createWebhookTrigger',
  description:
    'Creates a webhook trigger: each accepted call creates a task. Its tasks have your permissions.',
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

/** A mutation that returns the current state of the trigger. */
function triggerMutation<Input>({ run, ...options }: TriggerChange<Input>): void {
  const payload = builder.objectRef<{ trigger: Trigger }>(`${capitalized(options.name)}Payload`).implement({
    description: `The payload of ${options.name}.`,
    fields: (t) => ({
      trigger: t.expose('trigger', { type: TriggerRef, description: 'The current state of the trigger.' }),
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
    'Changes to a trigger. Absent fields do not change; null clears an optional field. Fields of the other kind of trigger are refused.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    name: t.string({ description: changeText('name') }),
    agent: t.string({ description: `${changeText('agent')} Null: the tasks are tracked.` }),
    title: t.string({ description: changeText('title') }),
    description: t.string({ description: `${changeText('description')} Null: none.` }),
    priority: t.int({ description: changeText('priority') }),
    cron: t.string({ description: `${changeText('cron')} The next due moment is calculated from now.` }),
    timezone: t.string({
      description: `${changeText('timezone')} The next due moment is calculated from now.`,
    }),
    overlap: t.field({ type: OverlapEnum, description: changeText('overlap') }),
    misfire: t.field({ type: MisfireEnum, description: changeText('misfire') }),
    misfireWindowSeconds: t.int({ description: changeText('misfireWindowSeconds') }),
    misfireWindow: t.string({ description: changeText('misfireWindow') }),
    checkUrl: t.string({ description: `${changeText('checkUrl')} Null: no check.` }),
    path: t.string({ description: changeText('path') }),
    webhook: t.string({ description: changeText('webhook') }),
    verify: t.field({ type: VerifySchemeEnum, description: changeText('verify') }),
    verifyHeader: t.string({
      description: `${changeText('verifyHeader')} Null: ${TRIGGER_TEXTS.verifyHeader.absent}.`,
    }),
    secret: t.string({
      description: `${changeText('secret')} The previous secret stays valid until \`dropOldSecret\`.`,
    }),
    secrets: t.stringList({
      description: 'Instead of `secret`: all secrets that are accepted; at most two.',
    }),
    dropOldSecret: t.boolean({
      description: 'True: only the newest secret is accepted from now on.',
    }),
    when: t.string({ description: `${changeText('when')} Null: every call creates a task.` }),
    dedupeSeconds: t.int({ description: changeText('dedupeSeconds') }),
  }),
});

triggerMutation({
  name: 'updateTrigger',
  description: 'Changes a trigger. A trigger from agents.yaml is refused; change it in the file.',
  input: UpdateTriggerInput,
  run: (triggers, caller, input) =>
    updateTrigger(triggers, caller, given(input, 'agent', 'description', 'checkUrl', 'verifyHeader', 'when')),
});

const PauseTriggerInput = builder.inputType('PauseTriggerInput', {
  description: 'Pauses a trigger.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    reason: t.string({
      description: `The reason, shown with the paused trigger; at most ${LIMITS.reasonCharacters} characters.`,
    }),
  }),
});

triggerMutation({
  name: 'pauseTrigger',
  description:
    'Stops a trigger from creating tasks until it is resumed. Calls of a paused webhook are recorded as FILTERED; the sender gets no error.',
  input: PauseTriggerInput,
  run: (triggers, caller, input) => pauseTrigger(triggers, caller, given(input)),
});

const ResumeTriggerInput = builder.inputType('ResumeTriggerInput', {
  description: 'Resumes a trigger.',
  fields: (t) => ({ id: t.id({ required: true, description: ID }) }),
});

triggerMutation({
  name: 'resumeTrigger',
  description:
    'Lets a paused trigger create tasks again. Moments that were due during the pause are not made up.',
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
    'Deletes a trigger. Its tasks stay, and its name and path can be used again. A trigger from agents.yaml is refused; delete it in the file.',
  input: DeleteTriggerInput,
  run: (triggers, caller, input) => deleteTrigger(triggers, caller, { id: input.id }),
});
