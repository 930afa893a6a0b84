import type { ApiServices } from '../api/services.ts';
import type { KeyContext } from '../auth/key-context.ts';
import type { ReadClient } from './reader.ts';

/** What the GraphQL API uses; `app/server.ts` provides it. */
export interface Services extends ApiServices {
  readonly keys: KeyContext;
  /** The read-only Prisma client. */
  readonly reads: ReadClient;
  /** A worker seen within this time is alive. */
  readonly workerAliveMs: number;
}
