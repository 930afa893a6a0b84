import { isTemporary } from '../../core/database-away.ts';
import { startPoller } from '../../core/poller.ts';
import { claimUndecided } from '../../store/deliveries/incoming-claim.ts';
import type { RecordedDelivery } from '../../store/deliveries/incoming-row.ts';
import type { TriggerContext } from '../context.ts';
import { decideDelivery, failDelivery } from './decide.ts';

/** How long a delivery is reserved for the process that stored it, and how often others look for undecided ones. */
const POLL_MS = 3_000;
const AWAY_BACKOFF = { firstDelayMs: 1_000, maxDelayMs: POLL_MS };
const MOST_AT_ONCE = 20;

/**
 * Decides deliveries whose process crashed after storing them and before creating the task. Every process looks for
 * them; each delivery is claimed by one.
 */
export function startDeliverySweep(context: TriggerContext, pollMs = POLL_MS): AsyncDisposable {
  return startPoller({
    run: async ({ signal }) => {
      await sweepDeliveries(context, signal);
      return undefined;
    },
    pollMs,
    startsIdle: true,
    backoff: AWAY_BACKOFF,
    outage: {
      log: context.log,
      began: 'undecided deliveries cannot be read; retrying',
      ended: 'undecided deliveries can be read again',
    },
  });
}

/** One run: decides all deliveries that no process holds, and returns their number. */
export async function sweepDeliveries(context: TriggerContext, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for (;;) {
    const claimed = await claimUndecided(context.pool, MOST_AT_ONCE);
    for (const delivery of claimed) {
      if (signal?.aborted) return count;
      await takeUp(context, delivery);
      count += 1;
    }
    if (claimed.length < MOST_AT_ONCE) return count;
  }
}

async function takeUp(context: TriggerContext, delivery: RecordedDelivery): Promise<void> {
  const { log } = context;
  try {
    const { verdict } = await decideDelivery(context, delivery);
    log.info({ deliveryId: delivery.id, verdict }, 'undecided delivery of another process decided');
  } catch (err) {
    // It stays undecided: the claim expires, and a later run finds it again.
    if (isTemporary(err)) throw err;
    log.error({ err, deliveryId: delivery.id }, 'delivery could not be decided');
    await failDelivery(context, delivery);
  }
}
