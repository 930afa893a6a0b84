import type { ApiServices } from '../api/services.ts';

/** The state of a rate limit, which all instances count together. */
export interface Taken {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds: number;
  /** Seconds until the next window begins. */
  readonly resetSeconds: number;
}

/** What the REST API needs; `app/server.ts` provides it. */
export interface RestServices extends ApiServices {
  /** Counts one request under `key`. Undefined: there is no limit. */
  readonly takeFromLimit: (key: string) => Promise<Taken | undefined>;
}
