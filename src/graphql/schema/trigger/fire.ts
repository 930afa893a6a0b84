import { LIMITS } from '../../../domain/limits.ts';
import { type Fired, fireTrigger } from '../../../triggers/commands/fire.ts';
import { builder } from '../../builder.ts';
import { IncomingDeliveryRef } from '../delivery/delivery.ts';
import { given, mutation } from '../mutation.ts';
import { TaskRef } from '../task/task.ts';
import { OccurrenceRef } from './occurrence.ts';
import { TriggerRef } from './trigger.ts';

const WebhookSampleInput = builder.inputType('WebhookSample', {
  description: 'A simulated call of a webhook; its signature is not verified.',
  fields: (t) => ({
    headers: t.field({
      type: 'JSON',
      description: 'Header names and values as an object. Default: none.',
    }),
    body: t.field({
      type: 'JSON',
      description: 'A string is used as the raw body; any other value as its JSON. Default: null.',
    }),
  }),
});

const FireTriggerInput = builder.inputType('FireTriggerInput', {
  description: 'Fires a trigger by hand.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The trigger: `trg_…`.' }),
    reason: t.string({
      description: `The reason, recorded with the occurrence of a cron trigger; at most ${LIMITS.reasonCharacters} characters.`,
    }),
    sample: t.field({
      type: WebhookSampleInput,
      description: 'The simulated call. Required for a webhook trigger, refused for a cron trigger.',
    }),
  }),
});

const FireTriggerPayload = builder.objectRef<Fired>('FireTriggerPayload').implement({
  description: 'The payload of fireTrigger.',
  fields: (t) => ({
    trigger: t.expose('trigger', { type: TriggerRef, description: 'The trigger.' }),
    occurrence: t.expose('occurrence', {
      type: OccurrenceRef,
      nullable: true,
      description: 'The occurrence of a cron trigger. Null for a webhook trigger.',
    }),
    delivery: t.expose('delivery', {
      type: IncomingDeliveryRef,
      nullable: true,
      description: 'The delivery of a webhook trigger. Null for a cron trigger.',
    }),
    task: t.field({
      type: TaskRef,
      nullable: true,
      description: 'The task that was created. Null: no task; the occurrence or the delivery has the reason.',
      resolve: async ({ occurrence, delivery }, _args, { loaders }) => {
        const taskId = occurrence?.taskId ?? delivery?.taskId;
        return taskId === undefined ? null : ((await loaders.task.load(taskId)) ?? null);
      },
    }),
  }),
});

mutation({
  name: 'fireTrigger',
  description:
    'Fires a trigger now, also a paused one. For a cron trigger an occurrence is recorded; a webhook trigger receives the sample as a delivery.',
  input: FireTriggerInput,
  payload: FireTriggerPayload,
  errors: ['ValidationError', 'NotFoundError', 'ForbiddenError'],
  run: ({ services, caller }, { id, reason, sample }) =>
    fireTrigger(services.triggers, caller, given({ id, reason, sample: sample && given(sample) })),
});
