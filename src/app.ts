import type { AgentDefinition } from './agents/config/definition.ts';
import { type AgentCatalogue, loadAgents } from './agents/config/load.ts';
import { DEMO_MODEL, startDemoModel } from './agents/demo-model/server.ts';
import { createLoop } from './agents/loop/loop.ts';
import { createModels, type ModelEndpoint } from './agents/model/models.ts';
import { createRecorder } from './agents/record/recorder.ts';
import { createManageTasks, MANAGE_TASKS } from './agents/tools/manage-tasks.ts';
import { startWorker, WORKER_TOUCH_MS, type Worker } from './agents/worker/worker.ts';
import { type AdminKey, ensureAdminKey } from './auth/admin-key.ts';
import { type Auth, createAuth, endMessage } from './auth/auth.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './auth/manage-keys.ts';
import type { Config } from './config.ts';
import { newId } from './core/ids.ts';
import type { Log } from './core/log.ts';
import { type Releasers, withReleasers } from './core/releasers.ts';
import { agentActor } from './domain/actor.ts';
import type { Caller, CallerRun } from './domain/permissions.ts';
import type { Task } from './domain/task.ts';
import { createMask } from './graphql/mask.ts';
import type { Services, ShownAgent } from './graphql/services.ts';
import { createApiStreams } from './graphql/streams/api-streams.ts';
import { useSharedSubscriptions } from './graphql/streams/plugin.ts';
import { createGraphQLYoga } from './graphql/yoga.ts';
import type { PubSub } from './pubsub/port.ts';
import { createPostgresPubSub } from './pubsub/postgres/postgres.ts';
import { createScheduler } from './scheduler/agenda/create.ts';
import type { Scheduler } from './scheduler/port.ts';
import { closeServer, createHttpServer, listen } from './server/http.ts';
import { createWebSockets } from './server/websocket.ts';
import { openStore, type Store } from './store/store.ts';
import { forgetOldKeys } from './store/tasks/idempotency.ts';
import { forgetDeadWorkers } from './store/workers/workers.ts';
import { createBell } from './tasks/bell.ts';
import type { TaskContext } from './tasks/context.ts';
import { createEventLog, type EventLog } from './tasks/log/event-log.ts';
import { createWriter } from './tasks/write.ts';

export interface AppOptions {
  /** Serve HTTP. */
  readonly serve: boolean;
  /** Work on tasks. */
  readonly work: boolean;
  readonly log: Log;
  /** A line for people. */
  readonly out: (line: string) => void;
  /** True when a person reads what is written. */
  readonly isTerminal: boolean;
}

export interface App extends AsyncDisposable {
  /** Where it serves; undefined for a worker. */
  readonly url: string | undefined;
  readonly adminKey: AdminKey | undefined;
  /** True when the demo model serves. */
  readonly isDemo: boolean;
  readonly tasks: TaskContext;
  readonly store: Store;
  /** Takes nothing new, lets runs end for `graceMs`, gives the rest back, and releases everything. Once. */
  stop(graceMs: number): Promise<void>;
}

const HOUSEKEEPING_EVERY_MS = 10 * 60_000;
/** Requests under way at the end get this long; streams are told at once. */
const CLOSE_SERVER_MS = 500;

/** Builds everything and starts it; what was started is released when a later part fails. Throws `StartError`. */
export function createApp(config: Config, options: AppOptions): Promise<App> {
  return withReleasers((releasers) => build(config, options, releasers));
}

async function build(config: Config, options: AppOptions, releasers: Releasers): Promise<App> {
  const { log } = options;
  const store = releasers.use('the store', await openStore({ ...config, log }));
  const { pool } = store;
  const pubsub = releasers.use('pub/sub', await createPostgresPubSub({ url: store.url, pool, log }));
  const auth = releasers.use('auth', createAuth({ prisma: store.prisma, pubsub, log }));
  const models = await startModels(config, options, releasers);
  const agents = releasers.use(
    'the agents',
    await loadAgents({
      file: config.agentsFile,
      isRequired: config.isAgentsFileNamed,
      defaultModel: config.model ?? models.defaultModel,
      tools: [MANAGE_TASKS],
      env: config.lookup,
      log,
    }),
  );
  const scheduler = releasers.use('the scheduler', await openScheduler(config, store, log));
  const tasks = joinTasks(store, pubsub, scheduler, agents, releasers);
  const eventLog = releasers.use('the event log', createEventLog({ pool, log }));
  await eventLog.start();
  pubsub.subscribe('log', () => eventLog.look());
  pubsub.onReconnect(() => eventLog.look());

  const worker = options.work
    ? joinWorker(config, { store, pubsub, auth, agents, models, tasks, eventLog, log }, releasers)
    : undefined;
  await scheduler.start({
    work: async () => worker?.wake(),
    housekeeping: async () => {
      await forgetOldKeys(pool);
      await forgetDeadWorkers(pool);
    },
  });
  await scheduler.repeat('housekeeping', {}, { key: 'housekeeping', everyMs: HOUSEKEEPING_EVERY_MS });

  const served = options.serve
    ? await serve(
        config,
        options,
        { store, pubsub, auth, agents, models, tasks, eventLog, scheduler },
        releasers,
      )
    : undefined;

  let stopped: Promise<void> | undefined;
  const stop = (graceMs: number): Promise<void> => {
    stopped ??= (async () => {
      await Promise.all([served?.close(), worker?.stop(graceMs)]);
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

interface OwnModels {
  readonly own: ModelEndpoint;
  readonly defaultModel: string;
  readonly isDemo: boolean;
}

/** A real model when the environment names one; otherwise the demo model, in this process. */
async function startModels(config: Config, { log }: AppOptions, releasers: Releasers): Promise<OwnModels> {
  const { openaiApiKey, openaiBaseUrl } = config;
  if (openaiApiKey !== undefined || openaiBaseUrl !== undefined) {
    const own = { baseUrl: openaiBaseUrl ?? 'https://api.openai.com/v1', apiKey: openaiApiKey ?? 'none' };
    return { own, defaultModel: 'gpt-5-mini', isDemo: false };
  }
  const demo = releasers.use('the demo model', await startDemoModel({ log }));
  return { own: { baseUrl: demo.baseUrl, apiKey: demo.token }, defaultModel: DEMO_MODEL, isDemo: true };
}

function openScheduler(config: Config, store: Store, log: Log): Promise<Scheduler> {
  return config.mongodbUrl === undefined
    ? createScheduler({ kind: 'postgres', pool: store.agendaPool, withLock: store.withMigrationLock }, log)
    : createScheduler({ kind: 'mongodb', url: config.mongodbUrl }, log);
}

/** The use-cases, ringing twice for new work: over pub/sub at once, and through the scheduler. */
function joinTasks(
  store: Store,
  pubsub: PubSub,
  scheduler: Scheduler,
  agents: AgentCatalogue,
  releasers: Releasers,
): TaskContext {
  const bell = createBell({
    broadcastLog: () => pubsub.publish('log', {}),
    broadcastWork: (agent) => pubsub.publish('work', { agents: [agent] }),
    ring: (agent) => void scheduler.ring('work', { agent }),
    ringAt: (agent, at, taskId) => void scheduler.ringAt('work', { agent }, at, taskId),
  });
  releasers.push('the bell', () => bell.stop());
  return {
    pool: store.pool,
    writer: createWriter(store.writePool, bell),
    knowsAgent: (name) => agents.get(name) !== undefined,
    agentNames: () => agents.names(),
  };
}

interface Parts {
  readonly store: Store;
  readonly pubsub: PubSub;
  readonly auth: Auth;
  readonly agents: AgentCatalogue;
  readonly models: OwnModels;
  readonly tasks: TaskContext;
  readonly eventLog: EventLog;
}

function joinWorker(config: Config, parts: Parts & { readonly log: Log }, releasers: Releasers): Worker {
  const { store, pubsub, auth, agents, tasks, eventLog, log } = parts;
  const models = createModels({ own: parts.models.own });
  const recorder = createRecorder({
    pool: store.pool,
    onAppended: (taskId) => pubsub.publish('run', { taskIds: [taskId] }),
    log,
  });
  const worker = startWorker({
    id: newId('worker'),
    tasks,
    leasePool: store.leasePool,
    agents,
    handler: createLoop({
      pool: store.pool,
      models: (agent) => models.at(agent.provider),
      tools: [createManageTasks(tasks)],
      recorder,
      log,
    }),
    callerFor: (task, run) => callerFor(auth, task, run),
    concurrency: config.workerConcurrency,
    leaseMs: config.leaseMs,
    pollMs: config.pollMs,
    log,
  });
  releasers.use('the worker', worker);
  pubsub.subscribe('work', () => worker.wake());
  pubsub.onReconnect(() => worker.wake());
  eventLog.onPage((events) => worker.seen(events));
  return worker;
}

/** A run acts for the task's creator, capped at member; what the system made, it works on as a member. */
async function callerFor(auth: Auth, task: Task, run: CallerRun): Promise<Caller> {
  const actor = agentActor(task.agent ?? '');
  if (task.actsFor === null) return { actor, role: 'member', keyId: null, sources: [], run };
  const caller = await auth.callerForKey(task.actsFor);
  return { ...caller, actor, run };
}

async function serve(
  config: Config,
  options: AppOptions,
  parts: Parts & { readonly scheduler: Scheduler },
  releasers: Releasers,
): Promise<{ url: string; adminKey: AdminKey; close(): Promise<void> }> {
  const { store, pubsub, auth, agents, models, tasks, eventLog, scheduler } = parts;
  const { log } = options;
  const keys = { prisma: store.prisma, pubsub };
  const watchKey: Services['watchKey'] = (caller, onEnd) =>
    auth.watch(caller, (end) => onEnd(endMessage('The API key', end)));
  const services: Services = {
    pool: store.pool,
    tasks,
    log: eventLog,
    agents: shownAgents(agents, models.isDemo),
    keys: {
      create: (caller, input) => createApiKey(keys, caller, input),
      list: (caller) => listApiKeys(keys, caller),
      revoke: (caller, input) => revokeApiKey(keys, caller, input),
    },
    workerAliveMs: 3 * WORKER_TOUCH_MS,
    onSteps: (taskId, listener) =>
      pubsub.subscribe('run', ({ taskIds }) => {
        if (taskIds.length === 0 || taskIds.includes(taskId)) listener();
      }),
    watchKey,
    logger: log,
  };
  const mask = createMask(log);
  const streams = createApiStreams(services, mask);
  const yoga = createGraphQLYoga({
    services,
    authenticate: auth.authenticate,
    allowedOrigins: config.allowedOrigins,
    streams: useSharedSubscriptions(streams),
  });
  const sockets = createWebSockets({
    path: '/graphql',
    getEnveloped: (context) => yoga.getEnveloped(context) as never,
    streams,
    authenticate: auth.authenticate,
    watchKey,
    allowedOrigins: config.allowedOrigins,
    mask: (error) => mask(error),
    log,
  });
  const adminKey = await ensureAdminKey(keys, {
    dataDir: config.databaseUrl === undefined ? config.dataDir : undefined,
    configured: config.adminKey,
    isTerminal: options.isTerminal,
    out: options.out,
  });
  const server = createHttpServer({
    graphql: (request, response) => yoga(request, response),
    checks: { postgres: store.status, eventLog: eventLog.status, scheduler: () => scheduler.status() },
    log,
  });
  server.on('upgrade', sockets.handleUpgrade);
  const url = await listen(server, config.host, config.port);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= (async () => {
      const closing = closeServer(server, CLOSE_SERVER_MS);
      await streams[Symbol.asyncDispose]();
      await sockets[Symbol.asyncDispose]();
      await closing;
    })();
    return closed;
  };
  releasers.push('the server', close);
  return { url, adminKey, close };
}

function shownAgents(agents: AgentCatalogue, isDemo: boolean): Services['agents'] {
  const shown = (agent: AgentDefinition): ShownAgent => ({
    name: agent.name,
    model: agent.model,
    tools: agent.tools,
    isDemo: isDemo && agent.provider === undefined,
    isKnown: true,
  });
  return {
    get: (name) => {
      const agent = agents.get(name);
      return agent && shown(agent);
    },
    all: () => agents.all().map(shown),
  };
}
