import type { AgentCatalogue } from '../agents/config/load.ts';
import type { Config } from '../config.ts';
import type { Log } from '../core/log.ts';
import type { Releasers } from '../core/releasers.ts';
import { guardedRequest } from '../guarded-http/guarded-request.ts';
import type { PubSub } from '../pubsub/port.ts';
import type { Store } from '../store/store.ts';
import type { TaskContext } from '../tasks/context.ts';
import type { TriggerContext } from '../triggers/context.ts';
import { CHECK_TIMEOUT_MS } from '../triggers/cron/check.ts';
import type { CronContext } from '../triggers/cron/context.ts';
import { compileTemplate } from '../triggers/expressions/template.ts';
import type { FileTrigger } from '../triggers/file/sync.ts';
import { createFileUpkeep } from '../triggers/file/upkeep.ts';

/** Only the status and the headers of a check's response are used. */
const MAX_CHECK_BYTES = 1_024;

/** What cron triggers need for a decision: user-defined templates, and checks with the guarded HTTP client. */
export function cronContext(context: TriggerContext): CronContext {
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
        allow: context.outgoingAllow,
        signal,
      }),
  };
}

interface TriggerParts {
  readonly store: Store;
  readonly pubsub: PubSub;
  readonly agents: AgentCatalogue<readonly FileTrigger[]>;
  readonly tasks: TaskContext;
  readonly log: Log;
}

/** The context of trigger use-cases. The file's triggers are stored now and after each change of the file. */
export async function joinTriggers(
  config: Config,
  { store, pubsub, agents, tasks, log }: TriggerParts,
  releasers: Releasers,
): Promise<CronContext> {
  const { pool } = store;
  const triggers = cronContext({ pool, tasks, pubsub, outgoingAllow: config.outgoingAllow, log });
  const upkeep = releasers.use(
    'the triggers of the file',
    createFileUpkeep(triggers, () => agents.section()),
  );
  releasers.push(
    'listening to the file',
    agents.onChange(() => void upkeep.look()),
  );
  await upkeep.look();
  return triggers;
}
