import { sleep } from '../../core/clock.ts';
import { isTemporary } from '../../core/database-away.ts';
import { claimUndecided } from '../../store/deliveries/incoming-claim.ts';
import type { RecordedDelivery } from '../../store/deliveries/incoming-row.ts';
import type { TriggerContext } from '../context.ts';
import { decideDelivery, failDelivery } from './decide.ts';

/** A process that put a delivery on record has it to itself for a while; how often others look after that. */
const LOOK_EVERY_MS = 3_000;
const MOST_AT_ONCE = 20;

/**
 * Decides, until it is disposed of, deliveries whose process went away between their record and their task. Each
 * process looks; a delivery is claimed by one.
 */
export function startDeliverySweep(context: TriggerContext, lookEveryMs = LOOK_EVERY_MS): AsyncDisposable {
  const stopping = new AbortController();
  const ended = (async () => {
    // A jitter, so that instances started together do not look together.
    while (await sleep(lookEveryMs * (0.75 + Math.random() / 2), stopping.signal)) {
      await sweepDeliveries(context, stopping.signal).catch((err: unknown) => {
        context.log.warn({ err }, 'looking for undecided deliveries failed; the next look comes soon');
      });
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await ended;
    },
  };
}

/** One look: decides all that nobody holds; gives how many. */
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
    log.info({ deliveryId: delivery.id, verdict }, 'a delivery that was left undecided was taken up');
  } catch (err) {
    // Left as it is: the claim runs out, and somebody looks again.
    if (isTemporary(err)) throw err;
    log.error({ err, deliveryId: delivery.id }, 'a delivery could not be decided');
    await failDelivery(context, delivery);
  }
}
