import { Prisma, type PrismaClient } from '../generated/client.ts';
import { type ApiKey, type ReadApiKey, toApiKey } from './api-key.ts';

/** The client, or the client within a transaction. */
export type KeyClient = PrismaClient | Prisma.TransactionClient;

/** A key to be stored, with the SHA-256 of its secret in hex. */
export interface NewApiKey extends Pick<ApiKey, 'id' | 'name' | 'role' | 'kind' | 'sources' | 'createdBy'> {
  readonly expiresAt: Date | null;
  readonly secretHash: string;
}

/** Serialises the steps that depend on all keys: the admin key at start, and the revocation of the last admin key. */
const KEYS_LOCK = 72707370;
const TRANSACTION = { maxWait: 10_000, timeout: 20_000 };

/** Runs `action` in a transaction under a lock, so that only one process runs it at a time. */
export function withKeysLocked<T>(
  prisma: PrismaClient,
  action: (transaction: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  return prisma.$transaction(async (transaction) => {
    await transaction.$executeRaw`select pg_advisory_xact_lock(${KEYS_LOCK}::bigint)`;
    return action(transaction);
  }, TRANSACTION);
}

/** Throws Prisma's P2002 if a key with this secret exists. */
export async function insertKey(
  client: KeyClient,
  { sources, createdBy, ...key }: NewApiKey,
): Promise<ApiKey> {
  return toApiKey(
    await client.apiKey.create({ data: { ...key, sources: [...sources], createdBy: { ...createdBy } } }),
  );
}

/** All keys, oldest first. */
export async function listKeys(client: KeyClient): Promise<ApiKey[]> {
  const rows = await client.apiKey.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  return rows.map(toApiKey);
}

/** The existing keys among `ids`, each with the time of the read, in one statement. */
export function readKeysById(client: KeyClient, ids: readonly string[]): Promise<ReadApiKey[]> {
  return readKeys(client, Prisma.sql`id = any(${[...ids]}::text[])`);
}

/** The key with this hash, with the time of the read. */
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

/** Revokes those keys that are not revoked yet, at the database's time. Returns their ids. */
export async function revokeKeys(client: KeyClient, ids: readonly string[]): Promise<string[]> {
  const rows = await client.$queryRaw<{ id: string }[]>`
    update api_keys set revoked_at = clock_timestamp()
    where id = any(${[...ids]}::text[]) and revoked_at is null returning id`;
  return rows.map(({ id }) => id);
}
