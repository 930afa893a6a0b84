import type { GraphQLError } from 'graphql';
import { SYSTEM } from '../../domain/actor.ts';
import type { Caller, Role } from '../../domain/permissions.ts';
import { createContext, type GraphQLContext } from '../context.ts';
import type { Services } from '../services.ts';
import { createStreams, type Streams } from './streams.ts';

/** A reader of a role and no person: what a shared execution runs as. */
function anyoneWith(role: Role): Caller {
  return { actor: SYSTEM, role, keyId: null, sources: [], run: null };
}

const AWAY_CODE = /^(08|57P|53|E[A-Z]+$)/;
const AWAY_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout|terminating connection)/;

/** Whether a failure says that the database was away, in the words of `pg` and of the system: then it is worth another try. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (typeof code === 'string' && AWAY_CODE.test(code)) || AWAY_MESSAGE.test(error.message);
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
