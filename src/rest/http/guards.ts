import { randomUUID } from 'node:crypto';
import type { Caller } from '../../domain/permissions.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { Guard } from '../environment.ts';
import { Problem } from '../problems/problem.ts';
import { negotiate } from './negotiate.ts';

const SANE_REQUEST_ID = /^[\w.:+/=-]{1,128}$/;

/** The client's own id of the request when it is one, and otherwise a new one: in the answer, in problems, in the log. */
export const identified: Guard = async (context, next) => {
  const given = context.req.header('x-request-id');
  const requestId = given !== undefined && SANE_REQUEST_ID.test(given) ? given : randomUUID();
  context.set('requestId', requestId);
  context.header('x-request-id', requestId);
  await next();
};

/** What every answer says; one that may be kept says so itself. */
export const guarded: Guard = async (context, next) => {
  context.header('cache-control', 'no-store');
  context.header('x-content-type-options', 'nosniff');
  await next();
};

/** 406 before anything is done. */
export function accepting({ contract }: Endpoint): Guard {
  // A sender of webhooks asks for nothing in particular, whatever its library says.
  if (contract.isBodyRaw) return (_context, next) => next();
  const gives = Object.values(contract.gives);
  const others = gives.flatMap(({ also }) => Object.keys(also ?? {}));
  const isJson = others.length === 0 || gives.some(({ schema }) => schema !== undefined);
  const offered = [...(isJson ? ['application/json'] : []), ...others];
  return async (context, next) => {
    context.set('accepted', negotiate(context.req.header('accept') ?? null, offered));
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
      throw new Problem('PRECONDITION_FAILED', 'Nothing here carries an ETag that If-Match could match.');
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
