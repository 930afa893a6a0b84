import type { Releasers } from '../core/releasers.ts';
import { openWebhooks } from '../store/triggers/open-webhooks.ts';
import type { TriggerContext } from '../triggers/context.ts';
import { startDeliverySweep } from '../triggers/webhook/sweep.ts';

/**
 * Every process, server or worker, decides deliveries whose process crashed; and every start logs the webhooks that
 * accept calls without verification.
 */
export async function joinWebhooks(context: TriggerContext, releasers: Releasers): Promise<void> {
  releasers.use('the delivery sweep', startDeliverySweep(context));
  for (const trigger of await openWebhooks(context.pool)) {
    context.log.warn(
      { trigger },
      'a webhook is not verified (verify: none); everyone who knows its path can create tasks',
    );
  }
}
