import type { Guard } from '../environment.ts';
import { Problem } from '../problems/problem.ts';
import type { RestServices, Taken } from '../services.ts';

/** The headers with the remaining requests (draft-ietf-httpapi-ratelimit-headers). Throws `RATE_LIMITED` if none remain. */
export function limitHeaders(policy: string, taken: Taken | undefined): Record<string, string> {
  if (!taken) return {};
  const { limit, windowSeconds, remaining, resetSeconds, isAllowed } = taken;
  const headers = {
    'ratelimit-policy': `"${policy}";q=${limit};w=${windowSeconds}`,
    ratelimit: `"${policy}";r=${remaining};t=${resetSeconds}`,
  };
  if (isAllowed) return headers;
  throw new Problem(
    'RATE_LIMITED',
    `Rate limit of ${limit} requests in ${windowSeconds} s exceeded; retry in ${resetSeconds} s.`,
    {
      headers: { ...headers, 'retry-after': String(Math.max(1, resetSeconds)) },
    },
  );
}

/** Refuses with 429 when a key exceeds its limit, counted on all instances together. */
export function limiting({ takeFromLimit }: RestServices): Guard {
  return async (context, next) => {
    const { keyId, actor } = context.get('caller');
    const headers = limitHeaders('key', await takeFromLimit(`key:${keyId ?? actor.id}`));
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
    await next();
  };
}
