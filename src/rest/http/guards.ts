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

/** The client's own id of the request where it is one, and otherwise a new one: in the reply, in problems, in the log. */
export const identified: Guard = requestId({
  limitLength: 128,
  generator: (context) => {
    const given = context.req.header('x-request-id');
    return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
  },
});

/** Of every reply. HTTPS ends before us, and the rest of the library's headers are of pages: those set their own. */
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

/** No reply is cached, unless it says otherwise itself. */
export const uncached: Guard = async (context, next) => {
  context.header('cache-control', 'no-store');
  await next();
};

/** 406 before anything is done. */
export function accepting({ contract }: Endpoint): Guard {
  // A sender of webhooks asks for nothing in particular, whatever its library says.
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
 * 412 for an If-Match where nothing carries an ETag: whoever sends one means not to overwrite what they have not seen,
 * and to pass over it would be to do just that.
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

/** 401 unless the key is good. */
export function authenticating(authenticate: (authorization: string | undefined) => Promise<Caller>): Guard {
  return async (context, next) => {
    context.set('caller', await authenticate(context.req.header('authorization')));
    await next();
  };
}
