import type { Config } from '../config.ts';
import type { Releasers } from '../core/releasers.ts';
import { CHECK_TIMEOUT_MS } from '../triggers/cron/check.ts';
import type { CronContext } from '../triggers/cron/context.ts';
import { type CronRunner, startCronRunner } from '../triggers/cron/runner.ts';
import { guardedRequest } from '../triggers/outbound/guarded-request.ts';
import { compileTemplate } from '../triggers/template.ts';
import type { Parts } from './parts.ts';

/** Of a check's answer only status and headers are looked at. */
const MAX_CHECK_BYTES = 1_024;

/** What cron triggers are decided with. */
function cronContext({ outgoingAllow }: Config, { store, tasks, pubsub, log }: Parts): CronContext {
  return {
    pool: store.pool,
    tasks,
    pubsub,
    log,
    render: (source, scope, timezone) => compileTemplate(source).render(scope, { timezone }),
    check: (url, headers, signal) =>
      guardedRequest({
        url,
        method: 'GET',
        headers: { 'user-agent': 'Errand', ...headers },
        timeoutMs: CHECK_TIMEOUT_MS,
        maxResponseBytes: MAX_CHECK_BYTES,
        allow: outgoingAllow,
        signal,
      }),
  };
}

/** Starts looking after cron triggers: woken by the scheduler, by changes of triggers and by tasks that end. */
export function joinCron(config: Config, parts: Parts, releasers: Releasers): CronRunner {
  const { pubsub, eventLog, scheduler } = parts;
  const runner = startCronRunner({
    context: cronContext(config, parts),
    ringAt: (triggerId, at) => scheduler.ringAt('trigger', { triggerId }, at, triggerId),
  });
  releasers.use('the cron triggers', runner);
  pubsub.subscribe('triggers', () => runner.wake());
  pubsub.onReconnect(() => runner.wake());
  eventLog.onPage((events) => runner.seen(events));
  return runner;
}
