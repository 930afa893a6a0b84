import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { Log } from '../../src/core/log.ts';
import type { Releasers } from '../../src/core/releasers.ts';
import { startEmbeddedPostgres } from '../../src/store/postgres/embedded.ts';

/** The PostgreSQL of `givenUrl`, or a new one with the product's settings: every commit is flushed to disk. */
export async function startServer(
  givenUrl: string | undefined,
  log: Log,
  releasers: Releasers,
): Promise<(name: string) => Promise<string>> {
  let serverUrl = givenUrl;
  if (serverUrl === undefined) {
    const folder = await mkdtemp(path.join(tmpdir(), 'errand-bench-'));
    releasers.push('the data folder', () => rm(folder, { recursive: true, force: true }));
    // As root the server runs as another user, which must be able to traverse the folder.
    await chmod(folder, 0o711);
    const server = releasers.use('PostgreSQL', await startEmbeddedPostgres({ dataDir: folder, log }));
    serverUrl = server.url;
  }
  return databasesOn(serverUrl, releasers);
}

/** Creates empty databases on the server at `serverUrl`, and drops them at the end. */
export async function databasesOn(
  serverUrl: string,
  releasers: Releasers,
): Promise<(name: string) => Promise<string>> {
  const admin = new pg.Client(serverUrl);
  admin.on('error', () => undefined); // the current query rejects with it
  await admin.connect();
  releasers.push('the connection that creates databases', () => admin.end());
  const suffix = randomBytes(4).toString('hex');
  const at = new URL(serverUrl);
  return async (name) => {
    const database = `errand_bench_${name}_${suffix}`;
    await admin.query(`create database "${database}"`);
    releasers.push(database, () => admin.query(`drop database if exists "${database}" with (force)`));
    at.pathname = `/${database}`;
    return at.href;
  };
}
