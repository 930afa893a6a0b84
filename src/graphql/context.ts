import type { Caller } from '../domain/permissions.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import { type Reader, readerFor } from './reader.ts';
import type { Services } from './services.ts';

/** What every resolver gets. */
export interface GraphQLContext {
  readonly caller: Caller;
  readonly services: Services;
  /** What Prisma reads, as far as the caller may. */
  readonly reader: Reader;
  /** Read once per request, and per page of a stream: never older than that. Fresh ones after each mutation. */
  loaders: Loaders;
  /** Ends the connection when something has lain unsent since that moment (`performance.now()`); absent where there is none. */
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
