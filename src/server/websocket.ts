import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError } from 'graphql';
import {
  CloseCode,
  handleProtocols,
  makeServer,
  type Context as SocketContext,
  type SubscribePayload,
} from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { OperationError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Caller } from '../domain/permissions.ts';
import type { Subscriptions } from '../graphql/streams/subscriptions.ts';
import { Subscriber } from '../streams/subscriber.ts';
import { startHeartbeat } from './heartbeat.ts';
import { isOriginAllowed } from './origin.ts';
import { socketStream } from './socket-stream.ts';
import { SocketWriter } from './socket-writer.ts';

const MAX_FRAME_BYTES = 1024 * 1024;
const MAX_SUBSCRIPTIONS = 100;
const INIT_TIMEOUT_MS = 5_000;
/** A socket that does not answer our close frame is terminated after this time. */
const CLOSE_TIMEOUT_MS = 5_000;
/** The same at the end of the process, which does not wait for slow readers. */
const STOP_TIMEOUT_MS = 500;
const TRY_AGAIN_LATER = 1013;
const GOING_AWAY = 1001;

/** The part of Yoga's engine that sockets use: the same plugins and limits as over HTTP. */
interface Enveloped {
  readonly schema: ExecutionArgs['schema'];
  readonly parse: (source: string) => ExecutionArgs['document'];
  readonly validate: (
    schema: ExecutionArgs['schema'],
    document: ExecutionArgs['document'],
  ) => readonly GraphQLError[];
  readonly contextFactory: () => unknown;
  readonly execute: (args: ExecutionArgs) => unknown;
}

/** The source of the context of a socket's operation, instead of a request's headers. */
interface SocketServerContext {
  readonly caller: Caller;
  readonly cutOff: (sinceMs: number) => void;
  readonly req: IncomingMessage;
  readonly params: SubscribePayload;
}

export interface WebSocketOptions {
  readonly path: string;
  readonly getEnveloped: (context: SocketServerContext) => Enveloped;
  readonly subscriptions: Subscriptions;
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
  /** Calls `onEnd` once when the caller's key is revoked or expires. */
  readonly watchKey: (caller: Caller, onEnd: (reason: string) => void) => () => void;
  readonly allowedOrigins: readonly string[];
  /** The error to show to the client. */
  readonly mask: (error: GraphQLError) => GraphQLError;
  readonly log: Log;
  readonly initTimeoutMs?: number;
  readonly pingMs?: number;
}

export interface WebSockets extends AsyncDisposable {
  /** For the server's `upgrade` event. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  count(): number;
}

interface Extra {
  readonly request: IncomingMessage;
  readonly socket: WebSocket;
  readonly writer: SocketWriter;
  caller?: Caller;
  stopWatching?: () => void;
}
type Context = SocketContext<Record<string, unknown> | undefined, Extra>;
/** The operation's id and writer are passed with its arguments from `onSubscribe` to `subscribe`. */
type SocketArgs = ExecutionArgs & {
  readonly id: string;
  readonly writer: SocketWriter;
  readonly enveloped: Enveloped;
};

/** Yoga uses `http` and `unexpected` internally, for the status of a response. */
function formatted(errors: readonly GraphQLError[]): GraphQLFormattedError[] {
  return errors.map((error) => {
    const { extensions = {}, ...rest } = error.toJSON();
    const { http: _http, unexpected: _unexpected, ...shown } = extensions;
    return Object.keys(shown).length > 0 ? { ...rest, extensions: shown } : rest;
  });
}

/** `graphql-transport-ws` on the given path. An invalid operation fails under its id; the socket stays open. */
export function createWebSockets(options: WebSocketOptions): WebSockets {
  const { subscriptions, mask, log } = options;
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, handleProtocols });
  const stopHeartbeat = startHeartbeat(server.clients, options.pingMs);

  function shown(error: unknown): GraphQLError {
    if (error instanceof GraphQLError) return mask(error);
    const originalError = error instanceof Error ? error : new Error(String(error));
    return mask(new GraphQLError(originalError.message, { originalError }));
  }

  function close(socket: WebSocket, code: number, reason: string): void {
    // The reason in a close frame has at most 123 bytes.
    socket.close(code, reason.slice(0, 100));
    setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  async function onConnect({ connectionParams, extra }: Context): Promise<boolean> {
    const authorization = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
    try {
      extra.caller = await options.authenticate(
        typeof authorization === 'string' ? authorization : undefined,
      );
    } catch (error) {
      const isKnown = error instanceof OperationError;
      if (!isKnown) log.error({ err: error }, 'WebSocket could not be authenticated');
      const isRefused = isKnown && error.code === 'UNAUTHENTICATED';
      close(
        extra.socket,
        isRefused ? CloseCode.Forbidden : TRY_AGAIN_LATER,
        isKnown ? error.message : 'Try again later',
      );
      return false;
    }
    extra.stopWatching = options.watchKey(extra.caller, (reason) => {
      // The operations end first; their errors are written in earlier microtasks.
      setImmediate(() => close(extra.socket, CloseCode.Forbidden, reason));
    });
    if (extra.socket.readyState !== extra.socket.OPEN) extra.stopWatching();
    return true;
  }

  async function onSubscribe(
    { extra, subscriptions }: Context,
    id: string,
    params: SubscribePayload,
  ): Promise<SocketArgs | readonly GraphQLError[]> {
    try {
      if (Object.keys(subscriptions).length > MAX_SUBSCRIPTIONS) {
        throw new OperationError(
          'TOO_MANY_SUBSCRIPTIONS',
          `A socket can have at most ${MAX_SUBSCRIPTIONS} operations; end one or open another socket.`,
        );
      }
      const { request: req, writer, caller } = extra;
      if (!caller)
        throw new OperationError(
          'UNAUTHENTICATED',
          'The connection is not initialised; send connection_init first.',
        );
      const cutOff = (sinceMs: number): void => writer.cutOff(sinceMs);
      const enveloped = options.getEnveloped({ caller, cutOff, req, params });
      const document = enveloped.parse(params.query);
      const errors = enveloped.validate(enveloped.schema, document);
      if (errors.length > 0) return errors.map(mask);
      return {
        id,
        writer,
        enveloped,
        schema: enveloped.schema,
        document,
        operationName: params.operationName ?? null,
        variableValues: params.variables ?? null,
        contextValue: await enveloped.contextFactory(),
        rootValue: undefined,
      };
    } catch (error) {
      return [shown(error)];
    }
  }

  const protocol = makeServer<Record<string, unknown> | undefined, Extra>({
    connectionInitWaitTimeout: options.initTimeoutMs ?? INIT_TIMEOUT_MS,
    onConnect,
    onSubscribe,
    execute: (args) =>
      (args as SocketArgs).enveloped.execute(args) as ReturnType<Enveloped['execute']> & object,
    subscribe: async (args) => {
      const { id, writer } = args as SocketArgs;
      const result = await subscriptions.subscribe(args);
      return result instanceof Subscriber ? socketStream(result, writer, id) : result;
    },
    onNext: (_context, _id, _payload, _args, { errors, data }) => {
      if (!errors) return;
      return { errors: formatted(errors), ...(data !== undefined && { data }) };
    },
    onError: (_context, _id, _payload, errors) => formatted(errors),
    onClose: ({ extra }) => extra.stopWatching?.(),
  });

  function opened(socket: WebSocket, request: IncomingMessage): void {
    const writer = new SocketWriter(socket, request.socket);
    socket.on('error', (error) => log.debug({ err: error }, 'WebSocket failed'));
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => writer.write(text),
        close: (code, reason) => close(socket, code ?? CloseCode.InternalServerError, reason ?? ''),
        onMessage: (listener) =>
          socket.on('message', (message) => {
            listener(String(message)).catch((error: unknown) => {
              log.error({ err: error }, 'WebSocket message could not be handled');
              close(socket, CloseCode.InternalServerError, 'Internal server error');
            });
          }),
      },
      { request, socket, writer },
    );
    socket.once('close', (code, reason) => {
      closed(code, String(reason)).catch((error: unknown) => {
        log.error({ err: error }, 'closed WebSocket could not be cleaned up');
      });
    });
  }

  function refuse(socket: Duplex, status: string): void {
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }

  return {
    handleUpgrade: (request, socket, head) => {
      socket.on('error', (error) => log.debug({ err: error }, 'WebSocket failed before it was open'));
      const path = request.url?.split('?')[0];
      if (path !== options.path) return refuse(socket, '404 Not Found');
      const { origin, host } = request.headers;
      if (!isOriginAllowed(origin, host, options.allowedOrigins)) return refuse(socket, '403 Forbidden');
      server.handleUpgrade(request, socket, head, opened);
    },
    count: () => server.clients.size,
    [Symbol.asyncDispose]: async () => {
      stopHeartbeat();
      const open = [...server.clients].map(
        (socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve())),
      );
      for (const socket of server.clients) {
        socket.close(GOING_AWAY, 'The server is stopping');
        setTimeout(() => socket.terminate(), STOP_TIMEOUT_MS);
      }
      await Promise.all(open);
      server.close();
    },
  };
}
