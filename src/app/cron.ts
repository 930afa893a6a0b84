import type { Releasers } from '../core/releasers.ts';
import { guardedRequest } from '../guarded-http/guarded-request.ts';
import { CHECK_TIMEOUT_MS } from '../triggers/cron/check.ts';
import type { CronContext } from '../triggers/cron/context.ts';
import { type CronRunner, startCronRunner } from '../triggers/cron/runner.ts';
import { compileTemplate } from '../triggers/expressions/template.ts';
import type { ManageContext } from '../triggers/manage-context.ts';
import type { Parts } from './parts.ts';

/** Of a check's answer only the status and the headers count. */
const MAX_CHECK_BYTES = 1_024;

/** What cron triggers are decided with. */
export function cronContext({ outgoingAllow, ...context }: ManageContext): CronContext {
  return {
    ...context,
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
export function joinCron(parts: Parts, releasers: Releasers): CronRunner {
  const { triggers, pubsub, eventLog, scheduler } = parts;
  const runner = startCronRunner({
    context: cronContext(triggers),
    ringAt: (triggerId, at) => scheduler.ringAt('trigger', { triggerId }, at, triggerId),
  });
  releasers.use('the cron triggers', runner);
  pubsub.subscribe('triggers', () => runner.wake());
  pubsub.onReconnect(() => runner.wake());
  eventLog.onPage((events) => runner.seen(events));
  return runner;
}
