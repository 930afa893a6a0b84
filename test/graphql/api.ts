import { Writable } from 'node:stream';
import type pg from 'pg';
import { pino } from 'pino';
import { triggerServices } from '../../src/app/trigger-services.ts';
import { OperationError } from '../../src/core/errors.ts';
import type { Caller, Role } from '../../src/domain/permissions.ts';
import { createMask } from '../../src/graphql/mask.ts';
import type { Services, ShownAgent } from '../../src/graphql/services.ts';
import { createApiStreams } from '../../src/graphql/streams/api-streams.ts';
import { useSharedSubscriptions } from '../../src/graphql/streams/plugin.ts';
import { createGraphQLYoga } from '../../src/graphql/yoga.ts';
import { NOTHING_ALLOWED } from '../../src/guarded-http/allow.ts';
import { createInProcessPubSub } from '../../src/pubsub/in-process.ts';
import type { Checks } from '../../src/server/health.ts';
import { closeServer, createHttpServer, listen } from '../../src/server/http.ts';
import { createWebSockets } from '../../src/server/websocket.ts';
import { createEventLog, type EventLog } from '../../src/streams/log/event-log.ts';
import { createWriter } from '../../src/tasks/commands/write.ts';
import type { TaskContext } from '../../src/tasks/context.ts';
import { testDatabase } from '../fixtures/database.ts';
import { testPool } from '../fixtures/pool.ts';
import { person } from '../fixtures/tasks.ts';

const ASSISTANT: ShownAgent = {
  name: 'assistant',
  model: 'demo',
  tools: ['manage_tasks'],
  isDemo: true,
  isKnown: true,
};

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes, and fail where one is not there
  readonly data: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly errors: any[] | undefined;
}

export interface TestApi extends AsyncDisposable {
  /** Where it serves. */
  readonly url: string;
  readonly pool: pg.Pool;
  readonly tasks: TaskContext;
  readonly log: EventLog;
  /** The names of the statements sent so far, or the first words of those without one; those that follow the log left out. */
  readonly statements: string[];
  /** What was logged, one object a line. */
  readonly logged: Record<string, unknown>[];
  /** The caller behind the key of each role; the role is the key. */
  readonly callers: Readonly<Record<Role, Caller>>;
  /** Asks as a member, over HTTP. */
  ask(query: string, variables?: Record<string, unknown>, key?: string): Promise<Answer>;
  /** A request as it is, with the member's key unless another is given. */
  send(init: RequestInit & { path?: string }): Promise<Response>;
  /** Waits until the log has read everything that was written. */
  settled(): Promise<void>;
}

/** The API over a real socket and a real database; a key's secret is the name of its role. */
export async function testApi(
  options: { allowedOrigins?: readonly string[]; checks?: Checks } = {},
): Promise<TestApi> {
  const database = await testDatabase();
  const pool = testPool({ connectionString: database.url, max: 10 });
  const statements = recordStatements(pool);
  const logged: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'info' },
    new Writable({
      write(line, _encoding, done) {
        logged.push(JSON.parse(String(line)));
        done();
      },
    }),
  );
  const eventLog = createEventLog({ pool, log });
  await eventLog.start();
  const writer = createWriter(pool, { logGrew: () => eventLog.look(), mayWork: () => undefined });
  const tasks: TaskContext = {
    pool,
    writer,
    knowsAgent: (name) => name === ASSISTANT.name,
    agentNames: () => [ASSISTANT.name],
  };
  const callers = {
    viewer: person('Vera', 'viewer'),
    agent: person('Ag', 'agent'),
    member: person('Mia', 'member'),
    admin: person('Ada', 'admin'),
  };
  const authenticate = async (authorization: string | undefined): Promise<Caller> => {
    const caller = callers[authorization?.replace(/^Bearer /, '') as Role];
    if (!caller) throw new OperationError('UNAUTHENTICATED', 'An API key is needed.');
    return caller;
  };
  const triggers = { pool, tasks, pubsub: createInProcessPubSub(log), log };
  const services: Services = {
    pool,
    tasks,
    log: eventLog,
    agents: { all: () => [ASSISTANT], get: (name) => (name === ASSISTANT.name ? ASSISTANT : undefined) },
    keys: noKeys,
    ...triggerServices(
      { ...triggers, outgoingAllow: NOTHING_ALLOWED },
      { ...triggers, allow: NOTHING_ALLOWED, wakeSender: () => undefined },
    ),
    workerAliveMs: 10_000,
    onSteps: () => () => undefined,
    watchKey: () => () => undefined,
    logger: log,
  };
  const mask = createMask(log);
  const streams = createApiStreams(services, mask);
  const yoga = createGraphQLYoga({
    services,
    authenticate,
    allowedOrigins: options.allowedOrigins ?? [],
    streams: useSharedSubscriptions(streams),
  });
  const server = createHttpServer({
    graphql: (request, response) => yoga(request, response),
    checks: options.checks ?? {},
    log,
  });
  const sockets = createWebSockets({
    path: '/graphql',
    getEnveloped: (context) => yoga.getEnveloped(context) as never,
    streams,
    authenticate,
    watchKey: services.watchKey,
    allowedOrigins: options.allowedOrigins ?? [],
    mask,
    log,
  });
  server.on('upgrade', sockets.handleUpgrade);
  const url = await listen(server, '127.0.0.1', 0);

  const send: TestApi['send'] = ({ path = '/graphql', ...init }) => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', 'Bearer member');
    return fetch(`${url}${path}`, { redirect: 'manual', ...init, headers });
  };
  return {
    url,
    pool,
    tasks,
    log: eventLog,
    statements,
    logged,
    callers,
    send,
    ask: async (query, variables = {}, key = 'member') => {
      const response = await send({
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as Answer;
      return { status: response.status, data, errors };
    },
    settled: async () => {
      const { rows } = await pool.query('select coalesce(max(position), 0)::text as end from task_events');
      const end = BigInt(rows[0].end);
      while (eventLog.settled() < end) {
        eventLog.look();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    [Symbol.asyncDispose]: async () => {
      const closing = closeServer(server, 0);
      await streams[Symbol.asyncDispose]();
      await sockets[Symbol.asyncDispose]();
      await closing;
      await eventLog[Symbol.asyncDispose]();
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

const refuse = async (): Promise<never> => {
  throw new Error('this installation has no keys');
};
const noKeys: Services['keys'] = { create: refuse, list: refuse, revoke: refuse };

function recordStatements(pool: pg.Pool): string[] {
  const statements: string[] = [];
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  const recorded = (...args: unknown[]): unknown => {
    const [statement] = args as [string | { name?: string; text: string }];
    const text = typeof statement === 'string' ? statement : statement.text;
    const name = typeof statement === 'string' ? undefined : statement.name;
    // The one reader of the log looks every two seconds, whoever asks for what.
    if (!/^log-(tail|writers|still-writing)$/.test(name ?? ''))
      statements.push(name ?? text.replace(/\s+/g, ' ').replace(/^select .* from (\w+)/, 'select … from $1'));
    return query(...args);
  };
  pool.query = recorded as typeof pool.query;
  return statements;
}
