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
  /** Holds `<name>/migration.sql` for each migration; applied in the order of their names. */
  readonly folder: string;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  /** As Prisma computes it: sha256 of the file, hex. */
  readonly checksum: string;
}

interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

/** As Prisma's schema engine creates it, so that its commands find what they expect. */
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
 * Brings the database up to `folder` and makes the schema `agenda`, each migration in a transaction, under Prisma's
 * lock and in its bookkeeping: as many processes as like may do so at once. Gives the names applied. Throws
 * `StartError` when the database is not one that this version can use; nothing is changed then.
 */
export async function migrate(options: MigrateOptions, log: Log): Promise<string[]> {
  const migrations = await readMigrations(options.folder);
  // A pool of its own and no time limit: building an index over a large table takes what it takes.
  const pool = createPool({ url: options.url, name: 'migrations', max: 1, statementTimeoutMs: 0 }, log);
  try {
    return await withMigrationLock(pool, log, async (client) => {
      await client.query(BOOKKEEPING);
      const pending = pendingMigrations(migrations, await readApplied(client));
      for (const migration of pending) {
        await apply(client, migration);
        log.info({ migration: migration.name }, 'migration applied');
      }
      // In `public` Agenda's tables would make Prisma want to reset the database.
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

/** What is left to apply. Throws `StartError` for a history that is not a beginning of ours. */
function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of applied) {
    const ours = known.get(row.migration_name);
    if (!ours) {
      throw new StartError(
        `The database holds the migration ${row.migration_name}, which this version of Errand does not know: ` +
          'a newer version has used it. Start that version, or give this one a database of its own.',
      );
    }
    if (row.finished_at === null) {
      throw new StartError(
        `The migration ${row.migration_name} was begun by another tool and did not finish. ` +
          `Repair the database, then mark it with \`prisma migrate resolve --applied ${row.migration_name}\` (or --rolled-back).`,
      );
    }
    if (row.checksum !== ours.checksum) {
      throw new StartError(
        `The migration ${row.migration_name} has been changed since it was applied to this database (its checksum differs). ` +
          'Restore its migration.sql, and put the change into a new migration.',
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
    // When the connection is what failed, the server rolls back by itself.
    await client.query('rollback').catch(() => undefined);
    throw new StartError(
      `The migration ${migration.name} could not be applied: ${messageOf(error)}. Nothing of it was kept.`,
      { cause: error },
    );
  }
}
