import type { IncomingMessage, ServerResponse } from 'node:http';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import { OperationError } from '../core/errors.ts';
import type { Caller } from '../domain/permissions.ts';
import { cutOffResponse } from '../streams/cut-off.ts';
import { createContext, type GraphQLContext } from './context.ts';
import { useLimits } from './limits.ts';
import { createMask } from './mask.ts';
import { schema } from './schema.ts';
import type { Services } from './services.ts';

/** What a transport hands over with a request. */
interface ServerContext {
  readonly req?: IncomingMessage;
  readonly res?: ServerResponse;
  /** Set by the WebSocket, which authenticates once, and by `useAuthentication` for HTTP. */
  caller?: Caller;
  /** Set by the WebSocket; over HTTP it is made from the response. */
  readonly cutOff?: (sinceMs: number) => void;
}

export type Yoga = YogaServerInstance<ServerContext, GraphQLContext>;

export interface YogaOptions {
  readonly services: Services;
  /** Who calls, from the Authorization header. Throws `OperationError`. */
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
  /** Origins of browsers that may call from elsewhere. */
  readonly allowedOrigins: readonly string[];
  /** Shares the executions of subscriptions over server-sent events. */
  readonly streams: Plugin;
}

const JSON_TYPES = ['application/json', 'application/graphql-response+json'];
const HTTP_STATUS = { UNAUTHENTICATED: 401, UNAVAILABLE: 503 } as const;

function problem(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify({ errors: [{ message, extensions: { code } }] }), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  });
}

/**
 * Every request carries a key in a header that no form can send, and bodies are JSON: nothing is sent by a browser on
 * somebody's behalf without their page meaning to. Nothing is parsed before the key is known.
 */
function useAuthentication(authenticate: YogaOptions['authenticate']): Plugin<object, ServerContext> {
  return {
    async onRequest({ request, serverContext, endResponse }) {
      if (request.method === 'OPTIONS') return;
      const contentType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (request.method === 'POST' && !JSON_TYPES.includes(contentType ?? '')) {
        endResponse(
          problem(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the operation as application/json.', {
            accept: 'application/json',
          }),
        );
        return;
      }
      try {
        serverContext.caller = await authenticate(request.headers.get('authorization') ?? undefined);
      } catch (error) {
        if (!(error instanceof OperationError)) throw error;
        const status = error.code in HTTP_STATUS ? HTTP_STATUS[error.code as keyof typeof HTTP_STATUS] : 400;
        endResponse(
          problem(status, error.code, error.message, status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
        );
      }
    },
  };
}

/** The GraphQL handler: its plugins in the order a request meets them. */
export function createGraphQLYoga(options: YogaOptions): Yoga {
  const { services, authenticate, allowedOrigins, streams } = options;
  const mask = createMask(services.logger);
  return createYoga<ServerContext, GraphQLContext>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    graphiql: false,
    batching: false,
    multipart: false,
    logging: false,
    cors: allowedOrigins.length > 0 && {
      origin: [...allowedOrigins],
      methods: ['GET', 'POST', 'OPTIONS'],
      allowedHeaders: ['authorization', 'content-type', 'accept'],
      // The key travels in a header of its own: no cookie is ever needed.
      credentials: false,
    },
    maskedErrors: { maskError: mask },
    context: ({ caller, cutOff, res }) => {
      if (!caller) throw new OperationError('UNAUTHENTICATED', 'An API key is needed.');
      return createContext(services, caller, cutOff ?? (res && cutOffResponse(res)));
    },
    plugins: [useAuthentication(authenticate), ...useLimits(), streams],
  });
}
