import type { ApiServices } from '../api/services.ts';
import type { KeyContext } from '../auth/key-context.ts';

/** What the GraphQL API stands on; `app/server.ts` joins it. */
export interface Services extends ApiServices {
  readonly keys: KeyContext;
  /** A worker seen within this time is alive. */
  readonly workerAliveMs: number;
}
