import { z } from 'zod';
import { invalid } from '../../../core/errors.ts';
import { isId } from '../../../core/ids.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Occurrence, Trigger } from '../../../domain/trigger.ts';
import type { IncomingHead } from '../../../store/deliveries/row.ts';
import { parseInput } from '../../../tasks/fields.ts';
import { mustBeAllowed } from '../../../tasks/rules.ts';
import { triggerNotFound } from '../../../triggers/rules.ts';
import { builder } from '../../builder.ts';
import { IncomingDeliveryRef } from '../delivery/delivery.ts';
import { given, mutation } from '../mutation.ts';
import { TaskRef } from '../task/task.ts';
import { OccurrenceRef } from './occurrence.ts';
import { liveTrigger, TriggerRef } from './trigger.ts';

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

const sampleSchema = z.object({
  sample: z.object({
    headers: z
      .record(z.string(), z.string(), { error: 'must be an object whose values are texts' })
      .optional(),
    body: z.unknown().optional(),
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

interface Fired {
  readonly trigger: Trigger;
  readonly occurrence: Occurrence | null;
  readonly delivery: IncomingHead | null;
}

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
  run: async ({ services, loaders, caller }, { id, reason, sample }): Promise<Fired> => {
    // Before anything is read: of which kind it is shows only once it is.
    mustBeAllowed(caller, 'trigger.manage');
    const trigger = isId('trigger', id) ? await liveTrigger(loaders, id) : null;
    if (!trigger) throw triggerNotFound(id);
    if (trigger.kind === 'cron') {
      if (sample) throw invalid([{ path: ['sample'], message: 'is for webhooks; this is a cron trigger' }]);
      const occurrence = await services.triggers.fireCron(caller, given({ id, reason }));
      return { trigger, occurrence, delivery: null };
    }
    if (!sample) {
      const message = 'is missing: a webhook is fired with the body that a sender would send';
      throw invalid([{ path: ['sample'], message }]);
    }
    const call = parseInput(sampleSchema, { sample: given(sample) }).sample;
    const delivery = await services.triggers.fireWebhook(caller, {
      id,
      sample: { ...(call.headers && { headers: call.headers }), body: call.body ?? null },
    });
    return { trigger, occurrence: null, delivery };
  },
});
