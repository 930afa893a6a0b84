import type { GraphQLError } from 'graphql';
import { createContext, type GraphQLContext } from '../context.ts';
import type { Services } from '../services.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';

/** The subscriptions of the API, over the streams that all APIs share. */
export function createApiSubscriptions(
  services: Services,
  mask: (error: GraphQLError) => GraphQLError,
): Subscriptions {
  return createSubscriptions<GraphQLContext>({
    streams: services.streams,
    callerOf: ({ caller }) => caller,
    contextFor: (_context, reader) => createContext(services, reader),
    cutOff: (context, sinceMs) => context.cutOff?.(sinceMs),
    mask,
  });
}
