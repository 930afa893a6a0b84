import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Page } from '../pages/page.ts';
import { type Graphiql, graphiql } from './graphiql/graphiql.ts';
import { type Checks, readiness } from './health.ts';
import { UNKNOWN_PAGE, UNKNOWN_TEXT } from './unknown-path.ts';

/** A larger body is refused before it is read. */
export const MAX_BODY_BYTES = 1024 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const IDLE_CHECK_MS = 20;

export interface HttpOptions {
  /** GraphQL over HTTP and server-sent events. */
  readonly graphql: (request: IncomingMessage, response: ServerResponse) => unknown;
  /** The paths under `/api`, `/webhooks` and `/problems`; this handler limits bodies itself. */
  readonly rest?: (request: IncomingMessage, response: ServerResponse) => unknown;
  readonly checks: Checks;
  readonly log: Log;
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(JSON.stringify(body));
}

function problem(
  code: string,
  message: string,
): { errors: { message: string; extensions: { code: string } }[] } {
  return { errors: [{ message, extensions: { code } }] };
}

/** Refuses a body that is too large or of unknown length, without reading it. True if it did. */
function refuseBody(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== 'POST') return false;
  const length = request.headers['content-length'];
  const isTooLarge = Number(length) > MAX_BODY_BYTES;
  if (length !== undefined && !isTooLarge) return false;
  const [status, body] = isTooLarge
    ? [413, problem('BODY_TOO_LARGE', `The body has ${length} bytes; at most ${MAX_BODY_BYTES} are allowed.`)]
    : [411, problem('LENGTH_REQUIRED', 'Content-Length is missing; send it with the request.')];
  sendJson(response, Number(status), body, { connection: 'close' });
  return true;
}

const REST_PATHS = ['/api', '/webhooks', '/problems'];

function isRestPath(pathname: string): boolean {
  return REST_PATHS.some((path) => pathname === path || pathname.startsWith(`${path}/`));
}

function wantsPage(request: IncomingMessage): boolean {
  return request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
}

function sendPage(response: ServerResponse, status: number, { html, headers }: Page): void {
  response.writeHead(status, headers);
  response.end(html);
}

/** The answer for an unknown path: a page for a browser, JSON for a program. */
function sendUnknown(request: IncomingMessage, response: ServerResponse): void {
  if (wantsPage(request)) sendPage(response, 404, UNKNOWN_PAGE);
  else sendJson(response, 404, problem('NOT_FOUND', UNKNOWN_TEXT), { vary: 'accept' });
}

/** The routes, in the order in which they are tried. */
async function route(
  options: HttpOptions,
  pages: Graphiql,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  // Not by `new URL`, which takes the text after `//` as a host and throws on some paths.
  const [pathname = '/'] = (request.url ?? '/').split('?', 1);
  response.setHeader('x-content-type-options', 'nosniff');
  if (pathname === '/graphql') {
    if (wantsPage(request)) return sendPage(response, 200, await pages.page());
    return refuseBody(request, response) || options.graphql(request, response);
  }
  if (options.rest && isRestPath(pathname)) return options.rest(request, response);
  if (pathname === '/health') return sendJson(response, 200, { alive: true });
  if (pathname === '/ready') {
    const { status, body } = await readiness(options.checks);
    return sendJson(response, status, body);
  }
  if (pathname === '/') {
    response.writeHead(302, { location: '/graphql' });
    return response.end();
  }
  const file = await pages.file(pathname, request);
  if (!file) return sendUnknown(request, response);
  response.writeHead(file.status, file.headers);
  return response.end(file.body);
}

/** The HTTP server, not yet listening. */
export function createHttpServer(options: HttpOptions): Server {
  const pages = graphiql();
  const server = createServer((request, response) => {
    route(options, pages, request, response).catch((err: unknown) => {
      options.log.error({ err, path: request.url?.split('?')[0] }, 'request failed with an unexpected error');
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, problem('INTERNAL', 'Internal error; see the log for details.'));
    });
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  return server;
}

/** Listens and returns the URL. Throws `StartError` if the port is in use or not allowed. */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(startError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${shown}:${address.port}`;
}

function startError(error: NodeJS.ErrnoException, host: string, port: number): StartError {
  const advice: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is in use. Stop the program that uses it, or set PORT to another port.`,
    EACCES: `Not allowed to use port ${port} on ${host}. Set PORT to a port above 1023.`,
    EADDRNOTAVAIL: `This machine has no address ${host}. Set HOST to an address that it has, such as 127.0.0.1.`,
  };
  return new StartError(advice[error.code ?? ''] ?? `Listening on ${host}:${port} failed: ${error.message}`, {
    cause: error,
  });
}

/** Accepts no new connections and waits up to `timeoutMs` for running requests; then closes the rest. */
export async function closeServer(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // A keep-alive connection becomes idle only after its answer, and would then stay open for seconds.
  server.closeIdleConnections();
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
