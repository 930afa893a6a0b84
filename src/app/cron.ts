import { Liquid } from 'liquidjs';
import type { Releasers } from '../core/releasers.ts';
import type { CronContext } from '../triggers/cron/context.ts';
import { type CronRunner, startCronRunner } from '../triggers/cron/runner.ts';
import type { Parts } from './parts.ts';

/** What cron triggers are decided with. */
export function cronContext({ store, tasks, pubsub, log }: Parts): CronContext {
  // TO BE JOINED: `render` by `compileTemplate` of triggers/template.ts, `check` by `guardedRequest` of triggers/outbound.
  const liquid = new Liquid({ ownPropertyOnly: true, preserveTimezones: true });
  return {
    pool: store.pool,
    tasks,
    pubsub,
    log,
    render: async (source, scope) => String(await liquid.parseAndRender(source, scope)),
    check: () => Promise.reject(new Error('checks are not joined yet')),
  };
}

/** Starts looking after cron triggers: woken by the scheduler, by changes of triggers and by tasks that end. */
export function joinCron(parts: Parts, releasers: Releasers): CronRunner {
  const { pubsub, eventLog, scheduler } = parts;
  const runner = startCronRunner({
    context: cronContext(parts),
    ringAt: (triggerId, at) => scheduler.ringAt('trigger', { triggerId }, at, triggerId),
  });
  releasers.use('the cron triggers', runner);
  pubsub.subscribe('triggers', () => runner.wake());
  pubsub.onReconnect(() => runner.wake());
  eventLog.onPage((events) => runner.seen(events));
  return runner;
}
