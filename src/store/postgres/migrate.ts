import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { messageOf, StartError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { withMigrationLock } from './migration-lock.ts';
import { createPool } from './pools.ts';

export interface MigrateOptions {
  readonly url: string;
  /** Contains `<name>/migration.sql` for each migration; they are applied in the order of their names. */
  readonly folder: string;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  /** As Prisma computes it: SHA-256 of the file, in hex. */
  readonly checksum: string;
}

interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

/** As Prisma's schema engine creates it, so that Prisma's commands work with it. */
const BOOKKEEPING = `
create table if not exists _prisma_migrations (
  id varchar(36) primary key not null,
  checksum varchar(64) not null,
  finished_at timestamptz,
  migration_name varchar(255) not null,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`;

/**
 * Applies the missing migrations of `folder` and creates the schema `agenda`: each migration in a transaction, with
 * Prisma's lock and table, so that any number of processes can start at once. Returns the applied names. Throws
 * `StartError` if this version cannot use the database; nothing is changed then.
 */
export async function migrate(options: MigrateOptions, log: Log): Promise<string[]> {
  const migrations = await readMigrations(options.folder);
  // A separate pool without a time limit: creating an index on a large table takes long.
  const pool = createPool({ url: options.url, name: 'migrations', max: 1, statementTimeoutMs: 0 }, log);
  try {
    return await withMigrationLock(pool, log, async (client) => {
      await client.query(BOOKKEEPING);
      const pending = pendingMigrations(migrations, await readApplied(client));
      for (const migration of pending) {
        await apply(client, migration);
        log.info({ migration: migration.name }, 'migration applied');
      }
      // In `public`, Agenda's tables would make Prisma propose a reset of the database.
      await client.query('create schema if not exists agenda');
      return pending.map(({ name }) => name);
    });
  } finally {
    await pool.end();
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(folder, name, 'migration.sql'));
      return { name, sql: sql.toString('utf8'), checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function readApplied(client: pg.ClientBase): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    'select migration_name, checksum, finished_at from _prisma_migrations where rolled_back_at is null',
  );
  return rows;
}

/** The migrations that are not applied yet. Throws `StartError` if the applied ones do not match this version's. */
function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of applied) {
    const ours = known.get(row.migration_name);
    if (!ours) {
      throw new StartError(
        `The database has the migration ${row.migration_name}, which this version of Errand does not know: ` +
          'a newer version has used it. Start that version, or use another database for this one.',
      );
    }
    if (row.finished_at === null) {
      throw new StartError(
        `The migration ${row.migration_name} was started by another tool and did not finish. ` +
          `Repair the database, then mark it with \`prisma migrate resolve --applied ${row.migration_name}\` (or --rolled-back).`,
      );
    }
    if (row.checksum !== ours.checksum) {
      throw new StartError(
        `The migration ${row.migration_name} has been changed since it was applied to this database (its checksum differs). ` +
          'Restore its migration.sql, and make the change in a new migration.',
      );
    }
  }
  const done = new Set(applied.map((row) => row.migration_name));
  return migrations.filter(({ name }) => !done.has(name));
}

async function apply(client: pg.ClientBase, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(migration.sql);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       values ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('commit');
  } catch (error) {
    // If the connection failed, the server rolls back by itself.
    await client.query('rollback').catch(() => undefined);
    throw new StartError(
      `The migration ${migration.name} could not be applied: ${messageOf(error)}. It was rolled back.`,
      { cause: error },
    );
  }
}
