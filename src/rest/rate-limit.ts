import type { Guard, RestContext } from './environment.ts';
import { Problem } from './problem.ts';
import type { RestServices, Taken } from './services.ts';

/** Counts the request and says what is left, as draft-ietf-httpapi-ratelimit-headers has it. Throws `RATE_LIMITED`. */
export function takeFrom(context: RestContext, policy: string, taken: Taken | undefined): void {
  if (!taken) return;
  const { limit, windowSeconds, remaining, resetSeconds, isAllowed } = taken;
  context.header('ratelimit-policy', `"${policy}";q=${limit};w=${windowSeconds}`);
  context.header('ratelimit', `"${policy}";r=${remaining};t=${resetSeconds}`);
  if (isAllowed) return;
  throw new Problem(
    'RATE_LIMITED',
    `${limit} requests in ${windowSeconds} s are allowed; wait ${resetSeconds} s.`,
    {
      headers: { 'retry-after': String(Math.max(1, resetSeconds)) },
    },
  );
}

/** 429 beyond what a key may ask, on all instances together. */
export function limiting({ takeFromLimit }: RestServices): Guard {
  return async (context, next) => {
    const { keyId, actor } = context.get('caller');
    takeFrom(context, 'key', await takeFromLimit(`key:${keyId ?? actor.id}`));
    await next();
  };
}
