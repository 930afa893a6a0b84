import { LIMITS } from '../../../domain/limits.ts';
import { type Fired, fireTrigger } from '../../../triggers/commands/fire.ts';
import { builder } from '../../builder.ts';
import { IncomingDeliveryRef } from '../delivery/delivery.ts';
import { given, mutation } from '../mutation.ts';
import { TaskRef } from '../task/task.ts';
import { OccurrenceRef } from './occurrence.ts';
import { TriggerRef } from './trigger.ts';

const WebhookSampleInput = builder.inputType('WebhookSample', {
  description: 'A call as a sender might make it; it is not verified.',
  fields: (t) => ({
    headers: t.field({
      type: 'JSON',
      description: 'An object of names and values; none when nothing is said.',
    }),
    body: t.field({
      type: 'JSON',
      description:
        'A text is the body as it is sent; anything else is sent as its JSON. Null when nothing is said.',
    }),
  }),
});

const FireTriggerInput = builder.inputType('FireTriggerInput', {
  description: 'Fires a trigger by hand.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The trigger: `trg_…`.' }),
    reason: t.string({
      description: `Why, for the record of a cron trigger; ${LIMITS.reasonCharacters} characters at most.`,
    }),
    sample: t.field({
      type: WebhookSampleInput,
      description: 'What a webhook trigger is called with, and only that; needed for one.',
    }),
  }),
});

const FireTriggerPayload = builder.objectRef<Fired>('FireTriggerPayload').implement({
  description: 'What fireTrigger gives when it was done.',
  fields: (t) => ({
    trigger: t.expose('trigger', { type: TriggerRef, description: 'The trigger.' }),
    occurrence: t.expose('occurrence', {
      type: OccurrenceRef,
      nullable: true,
      description: 'The occurrence of a cron trigger; null for a webhook.',
    }),
    delivery: t.expose('delivery', {
      type: IncomingDeliveryRef,
      nullable: true,
      description: 'The delivery of a webhook trigger; null for a schedule.',
    }),
    task: t.field({
      type: TaskRef,
      nullable: true,
      description: 'The task that came of it; null when none did: the occurrence or the delivery says why.',
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
    'Fires a trigger now, paused or not: a cron trigger has an occurrence, a webhook takes in the sample as a delivery.',
  input: FireTriggerInput,
  payload: FireTriggerPayload,
  errors: ['ValidationError', 'NotFoundError', 'ForbiddenError'],
  run: ({ services, caller }, { id, reason, sample }) =>
    fireTrigger(services.triggers, caller, given({ id, reason, sample: sample && given(sample) })),
});
