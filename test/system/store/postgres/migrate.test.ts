import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { StartError } from '../../../../src/core/errors.ts';
import { migrate } from '../../../../src/store/postgres/migrate.ts';
import { withMigrationLock } from '../../../../src/store/postgres/migration-lock.ts';
import { createPool } from '../../../../src/store/postgres/pools.ts';
import { emptyDatabase } from '../../../fixtures/database.ts';
import { temporaryFolder } from '../../../fixtures/temporary-folder.ts';

const log = pino({ level: 'silent' });
const FIRST = { '20260101000000_first': 'create table first (id int); insert into first values (1);' };
const SECOND = { '20260102000000_second': 'create table second (id int);' };

async function migrations(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, sql] of Object.entries(files)) {
    await mkdir(path.join(folder, name), { recursive: true });
    await writeFile(path.join(folder, name, 'migration.sql'), sql);
  }
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const migrationsOnRecord = (url: string) =>
  query<{ migration_name: string; applied_steps_count: number; finished: boolean }>(
    url,
    'select migration_name, applied_steps_count, finished_at is not null as finished from _prisma_migrations order by 1',
  );

describe('migrations at start', () => {
  test('are applied once, in order, and only the new ones the next time', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryFolder();
    const options = { url: database.url, folder: folder.path };
    await migrations(folder.path, FIRST);
    expect(await migrate(options, log)).toEqual(['20260101000000_first']);
    expect(await migrate(options, log)).toEqual([]);
    await migrations(folder.path, SECOND);
    expect(await migrate(options, log)).toEqual(['20260102000000_second']);
    expect(await query(database.url, 'select id from first')).toEqual([{ id: 1 }]);
    expect(await migrationsOnRecord(database.url)).toEqual([
      { migration_name: '20260101000000_first', applied_steps_count: 1, finished: true },
      { migration_name: '20260102000000_second', applied_steps_count: 1, finished: true },
    ]);
    expect(
      await query(database.url, "select 1 as found from pg_namespace where nspname = 'agenda'"),
    ).toHaveLength(1);
  });

  test('by four starts at once are applied by one of them, and all four come up', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryFolder();
    await migrations(folder.path, { ...FIRST, ...SECOND });
    const applied = await Promise.all(
      [1, 2, 3, 4].map(() => migrate({ url: database.url, folder: folder.path }, log)),
    );
    expect(applied.flat().sort()).toEqual(['20260101000000_first', '20260102000000_second']);
    expect(await query(database.url, 'select id from first')).toEqual([{ id: 1 }]);
  });

  test('refuse a migration whose file has changed since, and apply nothing', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryFolder();
    await migrations(folder.path, FIRST);
    await migrate({ url: database.url, folder: folder.path }, log);
    await migrations(folder.path, { '20260101000000_first': 'create table other (id int);', ...SECOND });
    const start = migrate({ url: database.url, folder: folder.path }, log);
    await expect(start).rejects.toThrow(StartError);
    await expect(start).rejects.toThrow(/20260101000000_first has been changed/);
    expect(await migrationsOnRecord(database.url)).toHaveLength(1);
  });

  test('refuse a database that a newer version has used', async () => {
    await using database = await emptyDatabase();
    await using newer = await temporaryFolder();
    await using older = await temporaryFolder();
    await migrations(newer.path, { ...FIRST, ...SECOND });
    await migrations(older.path, FIRST);
    await migrate({ url: database.url, folder: newer.path }, log);
    await expect(migrate({ url: database.url, folder: older.path }, log)).rejects.toThrow(
      /20260102000000_second, which this version of Errand does not know/,
    );
  });

  test('that fail half-way leave nothing, and go through once they are put right', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryFolder();
    await migrations(folder.path, {
      ...FIRST,
      '20260102000000_second': 'create table half (id int); select 1/0;',
    });
    await expect(migrate({ url: database.url, folder: folder.path }, log)).rejects.toThrow(
      /20260102000000_second could not be applied: division by zero/,
    );
    expect(await query(database.url, "select to_regclass('half') as half")).toEqual([{ half: null }]);
    await migrations(folder.path, SECOND);
    expect(await migrate({ url: database.url, folder: folder.path }, log)).toEqual(['20260102000000_second']);
  });

  test('of one process wait while another changes the schema, and say so', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryFolder();
    await migrations(folder.path, FIRST);
    const pool = createPool({ url: database.url, name: 'test', max: 1 }, log);
    const lines: string[] = [];
    let hear: () => void = () => undefined;
    const heard = new Promise<void>((resolve) => {
      hear = resolve;
    });
    const write = (line: string): void => {
      lines.push(line);
      hear();
    };
    const listening = pino({ level: 'info' }, { write });
    try {
      let waiting: Promise<string[]> | undefined;
      await withMigrationLock(pool, log, async () => {
        waiting = migrate({ url: database.url, folder: folder.path }, listening);
        await heard;
        expect(await query(database.url, "select to_regclass('first') as first")).toEqual([{ first: null }]);
      });
      expect(await waiting).toEqual(['20260101000000_first']);
      expect(lines[0]).toContain('waiting for another process that is changing the database schema');
    } finally {
      await pool.end();
    }
  });
});
