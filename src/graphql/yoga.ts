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

/** What a transport provides with a request. */
interface ServerContext {
  readonly req?: IncomingMessage;
  readonly res?: ServerResponse;
  /** Set by the WebSocket, which authenticates once, and by `useAuthentication` for HTTP. */
  caller?: Caller;
  /** Set by the WebSocket; over HTTP it is created from the response. */
  readonly cutOff?: (sinceMs: number) => void;
}

export type Yoga = YogaServerInstance<ServerContext, GraphQLContext>;

export interface YogaOptions {
  readonly services: Services;
  /** Returns the caller for an Authorization header. Throws `OperationError`. */
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
  /** Other origins whose pages may call the API (CORS). */
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
 * Every request has its key in a header that no form can send, and bodies are JSON: this prevents cross-site request
 * forgery. Nothing is parsed before the key is verified.
 */
function useAuthentication(authenticate: YogaOptions['authenticate']): Plugin<object, ServerContext> {
  return {
    async onRequest({ request, serverContext, endResponse }) {
      if (request.method === 'OPTIONS') return;
      const contentType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (request.method === 'POST' && !JSON_TYPES.includes(contentType ?? '')) {
        endResponse(
          problem(415, 'UNSUPPORTED_MEDIA_TYPE', 'Unsupported media type; use application/json.', {
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

/** The GraphQL handler, with its plugins in the order in which they see a request. */
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
      // The key is sent in its own header, so no cookie is needed.
      credentials: false,
    },
    maskedErrors: { maskError: mask },
    context: ({ caller, cutOff, res }) => {
      if (!caller) throw new OperationError('UNAUTHENTICATED', 'Authentication required.');
      return createContext(services, caller, cutOff ?? (res && cutOffResponse(res)));
    },
    plugins: [useAuthentication(authenticate), ...useLimits(), streams],
  });
}
