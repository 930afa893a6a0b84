import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AnyCall, Endpoint, Reply } from '../contract/endpoint.ts';
import type { RestContext } from '../environment.ts';
import { etagOf, isNotModified } from './etag.ts';

/** The call for the handler. */
export function callOf(context: RestContext, closing: AbortSignal): AnyCall {
  const { raw } = context.req;
  return {
    caller: context.get('caller'),
    params: context.get('params'),
    query: context.get('query'),
    headers: context.get('headers'),
    body: context.get('body'),
    idempotencyKey: context.get('idempotencyKey'),
    request: raw,
    url: new URL(raw.url),
    requestId: context.get('requestId'),
    accepted: context.get('accepted'),
    get signals() {
      return [raw.signal, closing];
    },
  };
}

/** The reply as an HTTP response. */
export function send(context: RestContext, reply: Reply): Response {
  for (const [name, value] of Object.entries(reply.headers ?? {})) context.header(name, value);
  const status = reply.status as ContentfulStatusCode;
  if (reply.stream) {
    context.header('content-type', reply.stream.type);
    return context.body(reply.stream.body, status);
  }
  if (reply.text) {
    context.header('content-type', reply.text.type);
    return context.body(reply.text.body, status);
  }
  if (reply.status === 204 || reply.status === 304) return context.body(null, reply.status);
  const json = JSON.stringify(reply.json);
  if (reply.etag) {
    const etag = etagOf(json, reply.etag.version);
    context.header('etag', etag);
    context.header('cache-control', 'private, no-cache');
    const isRead = context.req.method === 'GET' || context.req.method === 'HEAD';
    if (isRead && isNotModified(context.req.header('if-none-match') ?? null, etag))
      return context.body(null, 304);
  }
  context.header('content-type', 'application/json');
  // Set here so that a HEAD has it, too.
  context.header('content-length', String(Buffer.byteLength(json)));
  return context.body(json, status);
}

/** The handler after the guards. */
export function answering(endpoint: Endpoint, closing: AbortSignal) {
  return async (context: RestContext): Promise<Response> =>
    send(context, await endpoint.handle(callOf(context, closing)));
}
