import type { PubSub } from '../pubsub/port.ts';
import type { PrismaClient } from '../store/generated/client.ts';

/** Where keys are stored, and how other processes are notified of changes. */
export interface KeyContext {
  readonly prisma: PrismaClient;
  readonly pubsub: Pick<PubSub, 'publish' | 'subscribe' | 'onReconnect'>;
}
