import type { AgentCatalogue } from '../agents/config/load.ts';
import type { Config } from '../config.ts';
import type { Log } from '../core/log.ts';
import type { Releasers } from '../core/releasers.ts';
import type { PubSub } from '../pubsub/port.ts';
import type { Store } from '../store/store.ts';
import type { TaskContext } from '../tasks/context.ts';
import type { FileTrigger } from '../triggers/file/sync.ts';
import { createFileUpkeep } from '../triggers/file/upkeep.ts';
import type { ManageContext } from '../triggers/manage-context.ts';

interface TriggerParts {
  readonly store: Store;
  readonly pubsub: PubSub;
  readonly agents: AgentCatalogue<readonly FileTrigger[]>;
  readonly tasks: TaskContext;
  readonly log: Log;
}

/** What the use-cases of triggers share, with the file's triggers taken up now and after each change of the file. */
export async function joinTriggers(
  config: Config,
  { store, pubsub, agents, tasks, log }: TriggerParts,
  releasers: Releasers,
): Promise<ManageContext> {
  const triggers = { pool: store.pool, tasks, pubsub, outgoingAllow: config.outgoingAllow, log };
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
