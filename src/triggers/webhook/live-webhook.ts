import { Refusal } from '../../core/errors.ts';
import type { WebhookTrigger } from '../../domain/trigger.ts';
import { readTrigger } from '../../store/triggers/triggers.ts';
import type { TriggerContext } from '../context.ts';

/** The webhook trigger, paused or not. Throws `NOT_FOUND` if it is missing, deleted or a cron trigger. */
export async function mustBeLiveWebhook(context: TriggerContext, id: string): Promise<WebhookTrigger> {
  const trigger = await readTrigger(context.pool, id);
  if (trigger?.kind === 'webhook' && trigger.deletedAt === null) return trigger;
  throw new Refusal('NOT_FOUND', `Not found: webhook trigger ${id}`);
}
