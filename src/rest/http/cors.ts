import { cors } from 'hono/cors';
import type { Guard } from '../environment.ts';

const REQUEST_HEADERS = [
  'authorization',
  'content-type',
  'accept',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'prefer',
  'x-request-id',
];

const RESPONSE_HEADERS = [
  'etag',
  'idempotency-replayed',
  'link',
  'location',
  'preference-applied',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'x-request-id',
];

const PREFLIGHT_SECONDS = 600;

/** Allows calls from pages of the listed origins only; without credentials, because the key has its own header. */
export function sharing(allowedOrigins: readonly string[]): Guard {
  if (allowedOrigins.length === 0) return (_context, next) => next();
  const share = cors({
    origin: [...allowedOrigins],
    allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS'],
    allowHeaders: REQUEST_HEADERS,
    exposeHeaders: RESPONSE_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
  });
  return (context, next) => {
    // The library would answer every OPTIONS. One that is not a preflight asks for `Allow`, which our routes send.
    const isPreflight = context.req.header('access-control-request-method') !== undefined;
    return context.req.method === 'OPTIONS' && !isPreflight ? next() : share(context, next);
  };
}
