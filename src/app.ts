import { type AgentCatalogue, loadAgents } from './agents/config/load.ts';
import { TOOL_NAMES } from './agents/tools/registry.ts';
import { joinCron } from './app/cron.ts';
import { startModels } from './app/models.ts';
import type { Parts } from './app/parts.ts';
import { type People, serve } from './app/server.ts';
import { joinTriggers } from './app/triggers.ts';
import { joinWebhooks } from './app/webhooks-in.ts';
import { joinOutgoing } from './app/webhooks-out.ts';
import { joinWorker } from './app/worker.ts';
import type { AdminKey } from './auth/admin-key.ts';
import { createAuth } from './auth/auth.ts';
import type { Config } from './config.ts';
import type { Log } from './core/log.ts';
import { type Releasers, withReleasers } from './core/releasers.ts';
import type { PubSub } from './pubsub/port.ts';
import { createPostgresPubSub } from './pubsub/postgres/postgres.ts';
import { createScheduler } from './scheduler/agenda/create.ts';
import type { Scheduler } from './scheduler/port.ts';
import { openStore, type Store } from './store/store.ts';
import { forgetOldKeys } from './store/tasks/idempotency.ts';
import { forgetDeadWorkers } from './store/workers/workers.ts';
import { createEventLog } from './streams/log/event-log.ts';
import { createWriter } from './tasks/commands/write.ts';
import type { TaskContext } from './tasks/context.ts';
import { createWakeUps } from './tasks/wake-up.ts';
import { createTriggerSection } from './triggers/file/section.ts';

export interface AppOptions extends People {
  /** Serve HTTP. */
  readonly serve: boolean;
  /** Claim and execute tasks. */
  readonly work: boolean;
  readonly log: Log;
}

export interface App extends AsyncDisposable {
  /** Base URL of the server; undefined for a worker. */
  readonly url: string | undefined;
  readonly adminKey: AdminKey | undefined;
  /** True if the demo model is used. */
  readonly isDemo: boolean;
  readonly tasks: TaskContext;
  readonly store: Store;
  /** Claims nothing more, waits up to `graceMs` for runs, gives back the others, releases everything. Works once. */
  stop(graceMs: number): Promise<void>;
}

const HOUSEKEEPING_EVERY_MS = 10 * 60_000;

/** Builds and starts all parts; if one fails, those already started are released. Throws `StartError`. */
export function createApp(config: Config, options: AppOptions): Promise<App> {
  return withReleasers((releasers) => build(config, options, releasers));
}

async function build(config: Config, options: AppOptions, releasers: Releasers): Promise<App> {
  const { log } = options;
  const store = releasers.use('the store', await openStore({ ...config, log }));
  const { pool } = store;
  const pubsub = releasers.use('pub/sub', await createPostgresPubSub({ url: store.url, pool, log }));
  const auth = releasers.use('auth', createAuth({ prisma: store.prisma, pubsub, log }));
  const models = await startModels(config, log, releasers);
  const agents = releasers.use(
    'the agents',
    await loadAgents({
      file: config.agentsFile,
      isRequired: config.isAgentsFileNamed,
      defaultModel: config.model ?? models.defaultModel,
      tools: TOOL_NAMES,
      env: config.lookup,
      section: createTriggerSection(config.outgoingAllow),
      log,
    }),
  );
  const scheduler = releasers.use('the scheduler', await openScheduler(config, store, log));
  const tasks = joinTasks(store, pubsub, scheduler, agents, releasers);
  const triggers = await joinTriggers(config, { store, pubsub, agents, tasks, log }, releasers);
  const eventLog = releasers.use('the event log', createEventLog({ pool, log }));
  await eventLog.start();
  pubsub.subscribe('log', () => eventLog.look());
  pubsub.onReconnect(() => eventLog.look());

  await joinWebhooks(triggers, releasers);
  const parts: Parts = { store, pubsub, auth, agents, models, tasks, triggers, eventLog, scheduler, log };
  const worker = options.work ? joinWorker(config, parts, releasers) : undefined;
  const outgoing = joinOutgoing(config, parts, releasers);
  const cron = joinCron(parts, releasers);
  await scheduler.start({
    work: async () => worker?.wake(),
    trigger: async () => cron.wake(),
    deliver: async () => outgoing.wake(),
    housekeeping: async () => {
      await forgetOldKeys(pool);
      await forgetDeadWorkers(pool);
    },
  });
  await scheduler.repeat('housekeeping', {}, { key: 'housekeeping', everyMs: HOUSEKEEPING_EVERY_MS });

  const served = options.serve
    ? await serve(config, options, { ...parts, outgoing: outgoing.context }, releasers)
    : undefined;

  let stopped: Promise<void> | undefined;
  const stop = (graceMs: number): Promise<void> => {
    stopped ??= (async () => {
      // A failure of one must not prevent the others; the error is reported when its part is released.
      await Promise.allSettled([served?.close(), worker?.stop(graceMs), cron.stop(), outgoing.stop(graceMs)]);
      await releasers.release();
    })();
    return stopped;
  };
  return {
    url: served?.url,
    adminKey: served?.adminKey,
    isDemo: models.isDemo,
    tasks,
    store,
    stop,
    [Symbol.asyncDispose]: () => stop(0),
  };
}

function openScheduler(config: Config, store: Store, log: Log): Promise<Scheduler> {
  return config.mongodbUrl === undefined
    ? createScheduler({ kind: 'postgres', pool: store.agendaPool, withLock: store.withMigrationLock }, log)
    : createScheduler({ kind: 'mongodb', url: config.mongodbUrl }, log);
}

/** The context of task use-cases, with two wake-ups for new work: pub/sub at once, and the scheduler. */
function joinTasks(
  store: Store,
  pubsub: PubSub,
  scheduler: Scheduler,
  agents: AgentCatalogue,
  releasers: Releasers,
): TaskContext {
  const wakeUps = createWakeUps({
    broadcastLog: () => pubsub.publish('log', {}),
    broadcastWork: (agent) => pubsub.publish('work', { agents: [agent] }),
    wake: (agent) => void scheduler.wake('work', { agent }),
    wakeAt: (agent, at, taskId) => void scheduler.wakeAt('work', { agent }, at, taskId),
  });
  releasers.push('the wake-ups', () => wakeUps.stop());
  return {
    pool: store.pool,
    writer: createWriter(store.writePool, wakeUps),
    knowsAgent: (name) => agents.get(name) !== undefined,
    agentNames: () => agents.names(),
  };
}
