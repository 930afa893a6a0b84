import { createKeyFromCli } from './auth/commands/manage-keys.ts';
import type { Config } from './config.ts';
import { createLog } from './core/log.ts';
import type { Role } from './domain/permissions.ts';
import type { KeySource } from './domain/source.ts';
import { createPostgresPubSub } from './pubsub/postgres/postgres.ts';
import { openStore } from './store/store.ts';

export interface KeyOptions {
  readonly name: string;
  readonly role: Role;
  readonly kind: 'person' | 'service';
  readonly source: KeySource[];
}

/** `errand key create`: creates a key in the database and returns its secret. Throws `StartError`, `Refusal`. */
export async function createKeyByHand(config: Config, options: KeyOptions): Promise<string> {
  const log = createLog('warn');
  await using store = await openStore({ ...config, log });
  await using pubsub = await createPostgresPubSub({ url: store.url, pool: store.pool, log });
  const keys = { prisma: store.prisma, pubsub };
  const { secret } = await createKeyFromCli(keys, {
    name: options.name,
    role: options.role,
    kind: options.kind,
    sources: options.source,
  });
  return secret;
}
