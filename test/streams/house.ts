import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraphQLError } from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';
import type pg from 'pg';
import { OperationError } from '../../src/core/errors.ts';
import { createLog } from '../../src/core/log.ts';
import type { TaskEvent } from '../../src/domain/events.ts';
import type { Caller } from '../../src/domain/permissions.ts';
import { cutOffResponse } from '../../src/graphql/streams/cut-off.ts';
import { useSharedSubscriptions } from '../../src/graphql/streams/plugin.ts';
import { createStreams, type Streams } from '../../src/graphql/streams/streams.ts';
import { taskStream } from '../../src/graphql/streams/task.ts';
import { taskEventsStream } from '../../src/graphql/streams/task-events.ts';
import { createWebSockets, type WebSockets } from '../../src/server/websocket.ts';
import { isDatabaseAway } from '../../src/store/away.ts';
import { createEventLog, type EventLog } from '../../src/streams/log/event-log.ts';
import { testDatabase } from '../fixtures/database.ts';
import { testPool } from '../fixtures/pool.ts';
import { person } from '../fixtures/tasks.ts';

const silent = createLog('silent');

interface Context {
  readonly caller: Caller;
  readonly cutOff?: (sinceMs: number) => void;
}

const typeDefs = `
  type Query { version(id: ID!): Int! }
  type Task { id: ID! version: Int! }
  type Viewer { name: String! }
  type Event { cursor: String! seq: Int! taskId: ID! filler: String! viewer: Viewer! task: Task! }
  type Subscription { taskEvents(after: String, taskId: ID): Event! task(id: ID!): Task! }
`;

export interface StreamHouse extends AsyncDisposable {
  readonly url: string;
  readonly pool: pg.Pool;
  readonly log: EventLog;
  readonly streams: Streams;
  readonly sockets: WebSockets;
  readonly port: number;
  /** Makes a key; its name is its secret. */
  addKey(name: string, role?: Caller['role']): void;
  revoke(name: string): void;
}

/** A server with one subscription field of each kind, over real sockets and a real database. */
export async function streamHouse(
  options: { fillerCharacters?: number; initTimeoutMs?: number; pingMs?: number } = {},
): Promise<StreamHouse> {
  const database = await testDatabase();
  const pool = testPool({ connectionString: database.url, max: 10, application_name: 'house' });
  const log = createEventLog({ pool, log: silent });
  await log.start();
  const filler = 'x'.repeat(options.fillerCharacters ?? 10);
  const keys = new Map<string, Caller>();
  const watches = new Map<Caller, Set<(reason: string) => void>>();
  const addKey = (name: string, role: Caller['role'] = 'member'): void => {
    keys.set(name, person(name, role));
  };
  addKey('ada');
  const authenticate = async (authorization: string | undefined): Promise<Caller> => {
    const caller = keys.get(authorization?.replace(/^Bearer /, '') ?? '');
    if (!caller) throw new OperationError('UNAUTHENTICATED', 'This key is not known here.');
    return caller;
  };
  const watchKey = (caller: Caller, onEnd: (reason: string) => void): (() => void) => {
    const set = watches.get(caller) ?? new Set();
    watches.set(caller, set.add(onEnd));
    return () => set.delete(onEnd);
  };
  const versionOf = async (id: string): Promise<number> =>
    (await pool.query('select version from tasks where id = $1', [id])).rows[0]?.version;
  const schema = createSchema<Context>({
    typeDefs,
    resolvers: {
      Query: { version: (_root, { id }: { id: string }) => versionOf(id) },
      Event: {
        cursor: (event: TaskEvent) => event.position.toString(),
        filler: () => filler,
        viewer: (_event, _args, { caller }) => ({ name: caller.actor.name }),
        task: (event: TaskEvent) => ({ id: event.taskId }),
      },
      Task: { version: ({ id }: { id: string }) => versionOf(id) },
      Subscription: {
        taskEvents: {
          subscribe: (_root, { after, taskId }: { after?: string; taskId?: string }) =>
            taskEventsStream(log, { after: after ?? null, filter: taskId ? { taskId } : {} }),
          resolve: (event: TaskEvent) => event,
        },
        task: {
          subscribe: (_root, { id }: { id: string }) => taskStream(log, id),
          resolve: (id: string) => ({ id }),
        },
      },
    },
  });
  const mask = (error: GraphQLError): GraphQLError => {
    const { originalError } = error;
    if (!(originalError instanceof OperationError)) return error;
    return new GraphQLError(originalError.message, {
      extensions: { code: originalError.code, ...originalError.extensions },
    });
  };
  const streams = createStreams<Context>({
    rightsOf: ({ caller }) => caller.role,
    contextFor: ({ caller }, use) => ({ caller: use === 'own' ? caller : person('nobody', caller.role) }),
    watch: ({ caller }, onEnd) => watchKey(caller, onEnd),
    cutOff: ({ cutOff }, sinceMs) => cutOff?.(sinceMs),
    mask,
    isTransient: isDatabaseAway,
    log: silent,
  });
  const yoga = createYoga<Partial<Context> & { res?: ServerResponse }>({
    schema,
    logging: false,
    plugins: [useSharedSubscriptions(streams)],
    context: async ({ caller, cutOff, res, request }): Promise<Context> => {
      if (caller && cutOff) return { caller, cutOff };
      return {
        caller: await authenticate(request?.headers.get('authorization') ?? undefined),
        ...(res && { cutOff: cutOffResponse(res) }),
      };
    },
  });
  const sockets = createWebSockets({
    path: '/graphql',
    getEnveloped: (context) => yoga.getEnveloped(context),
    streams,
    authenticate,
    watchKey,
    allowedOrigins: ['https://errand.example'],
    mask,
    log: silent,
    ...(options.initTimeoutMs && { initTimeoutMs: options.initTimeoutMs }),
    ...(options.pingMs && { pingMs: options.pingMs }),
  });
  const server = createServer(yoga);
  server.on('upgrade', sockets.handleUpgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: database.url,
    pool,
    log,
    streams,
    sockets,
    port: (server.address() as AddressInfo).port,
    addKey,
    revoke: (name) => {
      const caller = keys.get(name);
      keys.delete(name);
      for (const onEnd of [...((caller && watches.get(caller)) ?? [])]) onEnd('This key was revoked.');
    },
    [Symbol.asyncDispose]: async () => {
      await streams[Symbol.asyncDispose]();
      await sockets[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await log[Symbol.asyncDispose]();
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}
