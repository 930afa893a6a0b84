import { z } from 'zod';
import { invalid } from '../../core/errors.ts';
import { isId } from '../../core/ids.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { IncomingDelivery } from '../../domain/delivery.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Occurrence, Trigger } from '../../domain/trigger.ts';
import { readTrigger } from '../../store/triggers/triggers.ts';
import { parseInput } from '../../tasks/fields.ts';
import type { CronContext } from '../cron/context.ts';
import { fireCronTrigger } from '../cron/fire-now.ts';
import { triggerNotFound } from '../rules.ts';
import { fireWebhookTrigger } from '../webhook/test-fire.ts';

export interface FireTriggerInput {
  readonly id: string;
  /** Recorded with the occurrence of a cron trigger. */
  readonly reason?: string | undefined;
  /** The call of a sender: required for a webhook, refused for a cron trigger. */
  readonly sample?: { readonly headers?: unknown; readonly body?: unknown } | undefined;
}

/** The result of firing: the occurrence of a cron trigger, or the delivery of a webhook. */
export interface Fired {
  readonly trigger: Trigger;
  readonly occurrence: Occurrence | null;
  readonly delivery: IncomingDelivery | null;
}

const sampleSchema = z.object({
  sample: z.object({
    headers: z
      .record(z.string(), z.string(), { error: 'must be an object whose values are strings' })
      .optional(),
    body: z.unknown().optional(),
  }),
});

/**
 * Fires a trigger of either kind now, paused or not. Throws `FORBIDDEN` before anything is read, `NOT_FOUND`, or
 * `VALIDATION` if the sample is missing for a webhook, given for a cron trigger, or malformed.
 */
export async function fireTrigger(
  context: CronContext,
  caller: Caller,
  { id, reason, sample }: FireTriggerInput,
): Promise<Fired> {
  mustBeAllowed(caller, 'trigger.manage');
  const trigger = isId('trigger', id) ? await readTrigger(context.pool, id) : undefined;
  if (!trigger || trigger.deletedAt !== null) throw triggerNotFound(id);
  if (trigger.kind === 'cron') {
    if (sample)
      throw invalid([{ path: ['sample'], message: 'is only for webhooks; this is a cron trigger' }]);
    return { trigger, occurrence: await fireCronTrigger(context, caller, { id, reason }), delivery: null };
  }
  if (!sample) {
    const message = 'is required; set the body that a sender would send';
    throw invalid([{ path: ['sample'], message }]);
  }
  const { headers, body } = parseInput(sampleSchema, { sample }).sample;
  const call = { ...(headers && { headers }), body: body ?? null };
  return {
    trigger,
    occurrence: null,
    delivery: await fireWebhookTrigger(context, caller, { id, sample: call }),
  };
}
