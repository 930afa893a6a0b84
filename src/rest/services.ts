import type { ApiServices } from '../api/services.ts';

/** One step of a limit that all instances count together. */
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
  /** Counts one request of whoever `key` names; undefined when nothing is limited. */
  readonly takeFromLimit: (key: string) => Promise<Taken | undefined>;
}
