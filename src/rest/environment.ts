import type { Context, MiddlewareHandler } from 'hono';
import type { Caller } from '../domain/permissions.ts';

/** What the guards have added to a request. */
export interface RestEnvironment {
  Variables: {
    requestId: string;
    caller: Caller;
    accepted: string;
    params: unknown;
    query: unknown;
    headers: unknown;
    body: unknown;
    idempotencyKey: string | undefined;
  };
}

export type RestContext = Context<RestEnvironment>;
export type Guard = MiddlewareHandler<RestEnvironment>;
