import type { Releasers } from '../core/releasers.ts';
import { type CronRunner, startCronRunner } from '../triggers/cron/runner.ts';
import type { Parts } from './parts.ts';

/** Starts the runner of cron triggers; the scheduler, changes of triggers and ended tasks wake it. */
export function joinCron(parts: Parts, releasers: Releasers): CronRunner {
  const { triggers, pubsub, eventLog, scheduler } = parts;
  const runner = startCronRunner({
    context: triggers,
    wakeAt: (triggerId, at) => scheduler.wakeAt('trigger', { triggerId }, at, triggerId),
  });
  releasers.use('the cron triggers', runner);
  pubsub.subscribe('triggers', () => runner.wake());
  pubsub.onReconnect(() => runner.wake());
  eventLog.onPage((events) => runner.seen(events));
  return runner;
}
