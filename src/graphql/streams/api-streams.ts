import type { GraphQLError } from 'graphql';
import { isDatabaseAway } from '../../core/database-away.ts';
import { SYSTEM } from '../../domain/actor.ts';
import type { Caller, Role } from '../../domain/permissions.ts';
import { createContext, type GraphQLContext } from '../context.ts';
import type { Services } from '../services.ts';
import { createStreams, type Streams } from './streams.ts';

/** A reader of a role and no person: what a shared execution runs as. */
function anyoneWith(role: Role): Caller {
  return { actor: SYSTEM, role, keyId: null, sources: [], run: null };
}

/** The live streams of the API: rights are a role, and a key that ends ends its streams. */
export function createApiStreams(services: Services, mask: (error: GraphQLError) => GraphQLError): Streams {
  return createStreams<GraphQLContext>({
    rightsOf: ({ caller }) => caller.role,
    contextFor: ({ caller }, use) =>
      createContext(services, use === 'own' ? caller : anyoneWith(caller.role)),
    watch: ({ caller }, onEnd) => services.watchKey(caller, onEnd),
    cutOff: (context, sinceMs) => context.cutOff?.(sinceMs),
    mask,
    isTransient: isDatabaseAway,
    log: services.logger,
  });
}
