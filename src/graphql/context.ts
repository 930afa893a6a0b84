import type { Caller } from '../domain/permissions.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import { type Reader, readerFor } from './reader.ts';
import type { Services } from './services.ts';

/** What every resolver gets. */
export interface GraphQLContext {
  readonly caller: Caller;
  readonly services: Services;
  /** The Prisma models that the caller may read. */
  readonly reader: Reader;
  /** Caches for one request, or for one chunk of a stream. They are replaced after each mutation. */
  loaders: Loaders;
  /** Ends the connection if data has been unsent since that time (`performance.now()`). Absent if there is no connection. */
  readonly cutOff?: (sinceMs: number) => void;
}

export function createContext(
  services: Services,
  caller: Caller,
  cutOff?: (sinceMs: number) => void,
): GraphQLContext {
  const reader = readerFor(services.reads, caller);
  return {
    caller,
    services,
    reader,
    loaders: createLoaders({ services, caller, reader }),
    ...(cutOff && { cutOff }),
  };
}
