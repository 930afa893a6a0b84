import { Refusal } from '../../core/errors.ts';
import type { WebhookTrigger } from '../../domain/trigger.ts';
import { readTrigger } from '../../store/triggers/triggers.ts';
import type { TriggerContext } from '../context.ts';

/** The webhook trigger, paused or not. Throws `NOT_FOUND` when there is none, it was deleted, or it is a cron trigger. */
export async function mustBeLiveWebhook(context: TriggerContext, id: string): Promise<WebhookTrigger> {
  const trigger = await readTrigger(context.pool, id);
  if (trigger?.kind === 'webhook' && trigger.deletedAt === null) return trigger;
  throw new Refusal('NOT_FOUND', `There is no webhook trigger ${id}.`);
}
