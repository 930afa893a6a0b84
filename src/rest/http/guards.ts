import { randomUUID } from 'node:crypto';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { Caller } from '../../domain/permissions.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { Guard } from '../environment.ts';
import { Problem } from '../problems/problem.ts';
import { negotiate } from './negotiate.ts';

/** Trace ids of the usual systems; the library's own rule allows neither `.`, `:`, `+` nor `/`. */
const REQUEST_ID = /^[\w.:+/=-]{1,128}$/;

/** The request id: the client's own one if it is valid, otherwise a new one. It is in the response, in problems and in the log. */
export const identified: Guard = requestId({
  limitLength: 128,
  generator: (context) => {
    const given = context.req.header('x-request-id');
    return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
  },
});

/** Headers of every response. TLS ends at a proxy, and the library's other headers concern pages, which set their own. */
export const secured: Guard = secureHeaders({
  xContentTypeOptions: true,
  xFrameOptions: 'DENY',
  referrerPolicy: true,
  strictTransportSecurity: false,
  crossOriginResourcePolicy: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
});

/** No response is cached, unless it sets its own Cache-Control. */
export const uncached: Guard = async (context, next) => {
  context.header('cache-control', 'no-store');
  await next();
};

/** Refuses with 406 before anything is executed. */
export function accepting({ contract }: Endpoint): Guard {
  // Senders of webhooks do not choose a media type; the Accept header comes from their library.
  if (contract.isBodyRaw) return (_context, next) => next();
  const gives = Object.values(contract.gives);
  const others = gives.flatMap(({ also }) => Object.keys(also ?? {}));
  const isJson = others.length === 0 || gives.some(({ schema }) => schema !== undefined);
  const [first = 'application/json', ...more] = [...(isJson ? ['application/json'] : []), ...others];
  return async (context, next) => {
    context.set('accepted', negotiate(context, [first, ...more]));
    if (others.length > 0) context.header('vary', 'Accept', { append: true });
    await next();
  };
}

/**
 * Refuses an If-Match with 412 if the resource has no ETag: the client wants to prevent a lost update, and if the header
 * was ignored, the update could be lost.
 */
export function conditional({ contract }: Endpoint): Guard {
  const isWrite = contract.method !== 'get' && !contract.isBodyRaw;
  const isKnown = contract.headers !== undefined && 'if-match' in contract.headers.shape;
  return async (context, next) => {
    const ifMatch = context.req.header('if-match');
    if (isWrite && !isKnown && ifMatch !== undefined && ifMatch.trim() !== '*') {
      throw new Problem('PRECONDITION_FAILED', 'This resource has no ETag; omit If-Match.');
    }
    await next();
  };
}

/** Refuses with 401 unless the API key is valid. */
export function authenticating(authenticate: (authorization: string | undefined) => Promise<Caller>): Guard {
  return async (context, next) => {
    context.set('caller', await authenticate(context.req.header('authorization')));
    await next();
  };
}
