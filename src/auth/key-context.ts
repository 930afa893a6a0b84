import type { PubSub } from '../pubsub/port.ts';
import type { PrismaClient } from '../store/generated/client.ts';

/** What everything about keys needs: where they lie, and how others hear that one changed. */
export interface KeyContext {
  readonly prisma: PrismaClient;
  readonly pubsub: Pick<PubSub, 'publish' | 'subscribe' | 'onReconnect'>;
}
