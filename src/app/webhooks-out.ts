import type { Config } from '../config.ts';
import type { Releasers } from '../core/releasers.ts';
import { guardedRequest } from '../guarded-http/guarded-request.ts';
import type { OutgoingContext } from '../webhooks-out/context.ts';
import { startDispatcher } from '../webhooks-out/dispatcher.ts';
import { startSender } from '../webhooks-out/sender.ts';
import type { Parts } from './parts.ts';

/** Outgoing webhooks, in every process: the dispatcher makes deliveries from the event log, the sender sends them. */
export interface Outgoing {
  /** The context of the use-cases of endpoints and outgoing deliveries. */
  readonly context: OutgoingContext;
  /** A wake-up from the scheduler: something may be due. */
  wake(): void;
  stop(graceMs: number): Promise<void>;
}

type OutgoingParts = Pick<Parts, 'store' | 'eventLog' | 'scheduler' | 'log'>;

/** Starts both; the event log must be started. */
export function joinOutgoing(config: Config, parts: OutgoingParts, releasers: Releasers): Outgoing {
  const { store, eventLog, scheduler, log } = parts;
  const { pool } = store;
  const allow = config.outgoingAllow;
  const sender = releasers.use(
    'the webhook sender',
    startSender({
      pool,
      call: (request) => guardedRequest({ ...request, allow }),
      wakeAt: (at) => void scheduler.wakeAt('deliver', {}, at, 'next'),
      log,
    }),
  );
  const dispatcher = releasers.use(
    'the webhook dispatcher',
    startDispatcher({ pool, eventLog, onMade: () => sender.wake(), log }),
  );
  return {
    context: { pool, log, allow, wakeSender: () => sender.wake() },
    wake: () => {
      dispatcher.look();
      sender.wake();
    },
    stop: (graceMs) => sender.stop(graceMs),
  };
}
