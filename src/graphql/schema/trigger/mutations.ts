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
/** A field of a new trigger, as GraphQL writes the values of its enums. */
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
    description: 'The result of createCronTrigger.',
    fields: (t) => ({
      trigger: t.expose('trigger', { type: CronTriggerRef, description: 'The new trigger.' }),
    }),
  });

mutation({
  name: 'createCronTrigger',
  description: 'Creates a cron trigger: a task at each due moment from now on. It acts with your rights.',
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
      description: `${newTriggerText('secret')} Absent: for STANDARD, GITHUB and HEADER one is generated and shown once.`,
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
    description: 'The result of createWebhookTrigger.',
    fields: (t) => ({
      trigger: t.expose('trigger', { type: WebhookTriggerRef, description: 'The new trigger.' }),
      secret: t.exposeString('secret', {
        nullable: true,
        description:
          'The secret that the sender signs with, shown only here; null when you gave it, and for NONE.',
      }),
    }),
  });

mutation({
  name: 'createWebhookTrigger',
  description: 'Creates a webhook whose calls create tasks. It acts with your rights.',
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
    description: `The result of ${options.name}.`,
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
    'Changes of a trigger of either kind. Absent fields stay as they are; null empties a field that may be empty. A field of the other kind is refused.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    name: t.string({ description: changeText('name') }),
    agent: t.string({ description: `${changeText('agent')} Null: the tasks are tracked.` }),
    title: t.string({ description: changeText('title') }),
    description: t.string({ description: `${changeText('description')} Null: none.` }),
    priority: t.int({ description: changeText('priority') }),
    cron: t.string({ description: `${changeText('cron')} Due moments are counted from now.` }),
    timezone: t.string({ description: `${changeText('timezone')} Due moments are counted from now.` }),
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
      description: `${changeText('secret')} The secret before it stays accepted until \`dropOldSecret\`.`,
    }),
    secrets: t.stringList({ description: 'In place of `secret`: exactly these are accepted; at most two.' }),
    dropOldSecret: t.boolean({
      description: 'True: of two secrets only the newer one is accepted from now on.',
    }),
    when: t.string({ description: `${changeText('when')} Null: every call creates a task.` }),
    dedupeSeconds: t.int({ description: changeText('dedupeSeconds') }),
  }),
});

triggerMutation({
  name: 'updateTrigger',
  description: 'Changes a trigger. One from agents.yaml is refused: change it in the file.',
  input: UpdateTriggerInput,
  run: (triggers, caller, input) =>
    updateTrigger(triggers, caller, given(input, 'agent', 'description', 'checkUrl', 'verifyHeader', 'when')),
});

const PauseTriggerInput = builder.inputType('PauseTriggerInput', {
  description: 'Pauses a trigger.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    reason: t.string({
      description: `Why; shown with the paused trigger; at most ${LIMITS.reasonCharacters} characters.`,
    }),
  }),
});

triggerMutation({
  name: 'pauseTrigger',
  description:
    'Stops a trigger from creating tasks until it is resumed; calls of its webhook are recorded as FILTERED, and their senders get no error.',
  input: PauseTriggerInput,
  run: (triggers, caller, input) => pauseTrigger(triggers, caller, given(input)),
});

const ResumeTriggerInput = builder.inputType('ResumeTriggerInput', {
  description: 'Ends a pause.',
  fields: (t) => ({ id: t.id({ required: true, description: ID }) }),
});

triggerMutation({
  name: 'resumeTrigger',
  description: 'Lets a paused trigger create tasks again. What was due while it was paused is not made up.',
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
    'Deletes a trigger; the tasks it created stay, and its name and path are free again. One from agents.yaml is refused: delete it in the file.',
  input: DeleteTriggerInput,
  run: (triggers, caller, input) => deleteTrigger(triggers, caller, { id: input.id }),
});
