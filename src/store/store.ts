import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import type { Log } from '../core/log.ts';
import { type Releasers, withReleasers } from '../core/releasers.ts';
import { PrismaClient } from './generated/client.ts';
import { connectWithRetry } from './postgres/connect.ts';
import { startEmbeddedPostgres } from './postgres/embedded.ts';
import { migrate } from './postgres/migrate.ts';
import { withMigrationLock } from './postgres/migration-lock.ts';
import { createPool } from './postgres/pools.ts';
import { createReadClient, type ReadClient } from './read-client.ts';

const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
const READY_TIMEOUT_MS = 1_500;

export interface StoreOptions {
  /** URL of an existing PostgreSQL; undefined: the embedded one in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** Limits the statements of the lease pool: a lease must not expire while its renewal waits. */
  readonly leaseMs: number;
  readonly log: Log;
}

/** The migrated database, with a pool for each use. */
export interface Store extends AsyncDisposable {
  readonly url: string;
  /** For the application. */
  readonly pool: pg.Pool;
  /** For the write path. */
  readonly writePool: pg.Pool;
  /** For leases and heartbeats, so that they never wait behind statements of the application. */
  readonly leasePool: pg.Pool;
  /** For Agenda, in its own schema. */
  readonly agendaPool: pg.Pool;
  readonly prisma: PrismaClient;
  /** For the GraphQL API, which only reads: PostgreSQL refuses every write through it. */
  readonly reads: ReadClient;
  withMigrationLock<T>(action: () => Promise<T>): Promise<T>;
  /** Whether the database answers, within a time limit. */
  status(): Promise<{ ok: boolean; detail?: string }>;
}

/** Starts or finds PostgreSQL, migrates it, opens the pools. Throws `StartError` with the remedy. */
export function openStore(options: StoreOptions): Promise<Store> {
  return withReleasers((releasers) => open(options, releasers));
}

async function open(options: StoreOptions, releasers: Releasers): Promise<Store> {
  const { databaseUrl, dataDir, leaseMs, log } = options;
  const url = databaseUrl ?? releasers.use('PostgreSQL', await startEmbeddedPostgres({ dataDir, log })).url;
  if (databaseUrl !== undefined) await connectWithRetry(databaseUrl, log);
  await migrate({ url, folder: MIGRATIONS }, log);

  const openPool = (
    name: string,
    max: number,
    more: { searchPath?: string; byKey?: boolean; readOnly?: boolean; statementTimeoutMs?: number } = {},
  ): pg.Pool => {
    const pool = createPool({ url, name, max, ...more }, log);
    releasers.push(`the ${name} pool`, () => pool.end());
    return pool;
  };
  const pool = openPool('application', 10, { statementTimeoutMs: 10_000 });
  // Two inserts, two changes and a claim can run at once.
  const writePool = openPool('writes', 5, { byKey: true, statementTimeoutMs: 10_000 });
  const leasePool = openPool('leases', 2, {
    statementTimeoutMs: Math.min(5_000, Math.max(500, leaseMs / 2)),
  });
  const agendaPool = openPool('agenda', 3, { searchPath: 'agenda', statementTimeoutMs: 3_000 });
  const readPool = openPool('reads', 6, { readOnly: true, statementTimeoutMs: 10_000 });
  const readyPool = openPool('ready', 1, { statementTimeoutMs: READY_TIMEOUT_MS });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  releasers.push('the Prisma client', () => prisma.$disconnect());
  const reads = createReadClient(readPool);
  releasers.push('the read-only Prisma client', () => reads.$disconnect());
  return {
    url,
    pool,
    writePool,
    leasePool,
    agendaPool,
    prisma,
    reads,
    withMigrationLock: (action) => withMigrationLock(pool, log, action),
    status: async () => {
      try {
        await readyPool.query('select 1');
        return { ok: true };
      } catch {
        return { ok: false, detail: 'PostgreSQL does not answer' };
      }
    },
    [Symbol.asyncDispose]: () => releasers.release(),
  };
}
