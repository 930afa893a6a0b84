import type { Releasers } from '../core/releasers.ts';
import { type CronRunner, startCronRunner } from '../triggers/cron/runner.ts';
import type { Parts } from './parts.ts';

/** Starts looking after cron triggers: woken by the scheduler, by changes of triggers and by tasks that end. */
export function joinCron(parts: Parts, releasers: Releasers): CronRunner {
  const { triggers, pubsub, eventLog, scheduler } = parts;
  const runner = startCronRunner({
    context: triggers,
    ringAt: (triggerId, at) => scheduler.ringAt('trigger', { triggerId }, at, triggerId),
  });
  releasers.use('the cron triggers', runner);
  pubsub.subscribe('triggers', () => runner.wake());
  pubsub.onReconnect(() => runner.wake());
  eventLog.onPage((events) => runner.seen(events));
  return runner;
}
