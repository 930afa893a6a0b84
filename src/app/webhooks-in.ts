import type { Releasers } from '../core/releasers.ts';
import { openWebhooks } from '../store/triggers/open-webhooks.ts';
import type { TriggerContext } from '../triggers/context.ts';
import { startDeliverySweep } from '../triggers/webhook/sweep.ts';

/**
 * Deliveries whose process went away are looked after in every process, whether it serves or works; and every start
 * says which webhooks take anything from anybody.
 */
export async function joinWebhooks(context: TriggerContext, releasers: Releasers): Promise<void> {
  releasers.use('the sweep of deliveries', startDeliverySweep(context));
  for (const trigger of await openWebhooks(context.pool)) {
    context.log.warn(
      { trigger },
      'a webhook is not verified (verify: none): whoever knows its path makes tasks',
    );
  }
}
