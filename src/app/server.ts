import type { AgentDefinition } from '../agents/config/definition.ts';
import type { AgentCatalogue } from '../agents/config/load.ts';
import { WORKER_TOUCH_MS } from '../agents/worker/presence.ts';
import type { ShownAgent } from '../api/services.ts';
import { type AdminKey, ensureAdminKey } from '../auth/admin-key.ts';
import { endMessage } from '../auth/auth.ts';
import type { Config } from '../config.ts';
import type { Releasers } from '../core/releasers.ts';
import { createMask } from '../graphql/mask.ts';
import type { Services } from '../graphql/services.ts';
import { createApiSubscriptions } from '../graphql/streams/api-subscriptions.ts';
import { useSharedSubscriptions } from '../graphql/streams/plugin.ts';
import { createGraphQLYoga } from '../graphql/yoga.ts';
import { createRest } from '../rest/app.ts';
import { closeServer, createHttpServer, listen } from '../server/http.ts';
import { createWebSockets } from '../server/websocket.ts';
import { createRateLimits } from '../store/rate-limits.ts';
import { createStreams } from '../streams/streams.ts';
import type { OutgoingContext } from '../webhooks-out/context.ts';
import type { Parts } from './parts.ts';

/** Time limit for open requests when the server closes; streams are ended at once. */
const CLOSE_SERVER_MS = 500;

export interface Served {
  readonly url: string;
  readonly adminKey: AdminKey;
  close(): Promise<void>;
}

export interface People {
  /** Writes a line for people. */
  readonly out: (line: string) => void;
  /** True if a person reads the output. */
  readonly isTerminal: boolean;
}

/** The parts for the APIs. */
export interface ServedParts extends Parts {
  readonly outgoing: OutgoingContext;
}

function servicesOf(parts: ServedParts): Services {
  const { store, pubsub, auth, agents, models, tasks, eventLog, log } = parts;
  const watchKey: Services['watchKey'] = (caller, onEnd) =>
    auth.watch(caller, (end) => onEnd(endMessage('The API key', end)));
  return {
    pool: store.pool,
    tasks,
    log: eventLog,
    agents: shownAgents(agents, models.isDemo),
    keys: { prisma: store.prisma, pubsub },
    reads: store.reads,
    triggers: parts.triggers,
    webhooksOut: parts.outgoing,
    workerAliveMs: 3 * WORKER_TOUCH_MS,
    onSteps: (taskId, listener) =>
      pubsub.subscribe('run', ({ taskIds }) => {
        if (taskIds.length === 0 || taskIds.includes(taskId)) listener();
      }),
    streams: createStreams({ watchKey, log }),
    watchKey,
    logger: log,
  };
}

/** Ensures the admin key, and serves GraphQL over HTTP, server-sent events and WebSocket, and REST. */
export async function serve(
  config: Config,
  people: People,
  parts: ServedParts,
  releasers: Releasers,
): Promise<Served> {
  const { store, pubsub, auth, eventLog, scheduler, log } = parts;
  const services = servicesOf(parts);
  const mask = createMask(log);
  const subscriptions = createApiSubscriptions(services, mask);
  const yoga = createGraphQLYoga({
    services,
    authenticate: auth.authenticate,
    allowedOrigins: config.allowedOrigins,
    streams: useSharedSubscriptions(subscriptions),
  });
  const sockets = createWebSockets({
    path: '/graphql',
    getEnveloped: (context) => yoga.getEnveloped(context) as never,
    subscriptions,
    authenticate: auth.authenticate,
    watchKey: services.watchKey,
    allowedOrigins: config.allowedOrigins,
    mask: (error) => mask(error),
    log,
  });
  const rest = createRest({
    services: {
      ...services,
      takeFromLimit: createRateLimits(store.pool, config.rateLimitPerMinute),
    },
    authenticate: auth.authenticate,
    allowedOrigins: config.allowedOrigins,
  });
  const adminKey = await ensureAdminKey(
    { prisma: store.prisma, pubsub },
    {
      dataDir: config.databaseUrl === undefined ? config.dataDir : undefined,
      configured: config.adminKey,
      ...people,
    },
  );
  const server = createHttpServer({
    graphql: (request, response) => yoga(request, response),
    rest: rest.handle,
    checks: { postgres: store.status, eventLog: eventLog.status, scheduler: () => scheduler.status() },
    log,
  });
  server.on('upgrade', sockets.handleUpgrade);
  const url = await listen(server, config.host, config.port);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= (async () => {
      const closing = closeServer(server, CLOSE_SERVER_MS);
      rest.close();
      await services.streams[Symbol.asyncDispose]();
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
