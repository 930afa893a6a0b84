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
].join(', ');

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
].join(', ');

const PREFLIGHT_SECONDS = '600';

/** Lets pages of the origins that are listed call, and no other; without credentials, as the key is a header of its own. */
export function sharing(allowedOrigins: readonly string[]): Guard {
  return async (context, next) => {
    if (allowedOrigins.length > 0) context.header('vary', 'Origin', { append: true });
    const origin = context.req.header('origin');
    if (origin !== undefined && allowedOrigins.includes(origin)) {
      context.header('access-control-allow-origin', origin);
      context.header('access-control-expose-headers', RESPONSE_HEADERS);
      if (context.req.method === 'OPTIONS') {
        context.header('access-control-allow-headers', REQUEST_HEADERS);
        context.header('access-control-allow-methods', 'GET, HEAD, POST, PATCH, DELETE, OPTIONS');
        context.header('access-control-max-age', PREFLIGHT_SECONDS);
      }
    }
    await next();
  };
}
