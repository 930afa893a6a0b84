import { Prisma, type PrismaClient } from '../generated/client.ts';
import { type ApiKey, type ReadApiKey, toApiKey } from './api-key.ts';

/** The client, or the client within a transaction. */
export type KeyClient = PrismaClient | Prisma.TransactionClient;

/** A key about to be made, with the sha256 of its secret in hex. */
export interface NewApiKey extends Pick<ApiKey, 'id' | 'name' | 'role' | 'kind' | 'sources' | 'createdBy'> {
  readonly expiresAt: Date | null;
  readonly secretHash: string;
}

/** Serialises what must see every key at once: the keys at start, and the last admin's revocation. */
const KEYS_LOCK = 72707370;
const TRANSACTION = { maxWait: 10_000, timeout: 20_000 };

/** Runs `action` in a transaction that no other process runs at the same time. */
export function withKeysLocked<T>(
  prisma: PrismaClient,
  action: (transaction: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  return prisma.$transaction(async (transaction) => {
    await transaction.$executeRaw`select pg_advisory_xact_lock(${KEYS_LOCK}::bigint)`;
    return action(transaction);
  }, TRANSACTION);
}

/** Throws Prisma's P2002 when a key with this secret exists. */
export async function insertKey(
  client: KeyClient,
  { sources, createdBy, ...key }: NewApiKey,
): Promise<ApiKey> {
  return toApiKey(
    await client.apiKey.create({ data: { ...key, sources: [...sources], createdBy: { ...createdBy } } }),
  );
}

/** Every key ever made, the oldest first. */
export async function listKeys(client: KeyClient): Promise<ApiKey[]> {
  const rows = await client.apiKey.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  return rows.map(toApiKey);
}

/** Those of the keys that exist, each with the moment it was read; one statement for all. */
export function readKeysById(client: KeyClient, ids: readonly string[]): Promise<ReadApiKey[]> {
  return readKeys(client, Prisma.sql`id = any(${[...ids]}::text[])`);
}

/** The key with this hash, with the moment it was read. */
export async function readKeyByHash(client: KeyClient, secretHash: string): Promise<ReadApiKey | undefined> {
  const [found] = await readKeys(client, Prisma.sql`secret_hash = ${secretHash}`);
  return found;
}

async function readKeys(client: KeyClient, condition: Prisma.Sql): Promise<ReadApiKey[]> {
  const rows = await client.$queryRaw<{ readAt: Date }[]>`
    select id, name, role, kind, sources, created_by as "createdBy", created_at as "createdAt",
      expires_at as "expiresAt", revoked_at as "revokedAt", clock_timestamp()::timestamptz(3) as "readAt"
    from api_keys where ${condition}`;
  return rows.map((row) => ({ key: toApiKey(row), readAt: row.readAt }));
}

/** Revokes the keys that are not revoked yet, at the database's time. Gives the ids of those it revoked. */
export async function revokeKeys(client: KeyClient, ids: readonly string[]): Promise<string[]> {
  const rows = await client.$queryRaw<{ id: string }[]>`
    update api_keys set revoked_at = clock_timestamp()
    where id = any(${[...ids]}::text[]) and revoked_at is null returning id`;
  return rows.map(({ id }) => id);
}
