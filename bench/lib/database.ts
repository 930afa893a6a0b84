import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { Log } from '../../src/core/log.ts';
import type { Releasers } from '../../src/core/releasers.ts';
import { startEmbeddedPostgres } from '../../src/store/postgres/embedded.ts';

/** The PostgreSQL of `givenUrl`, or one of our own with the settings the product gives it: every commit is on the disk. */
export async function startServer(
  givenUrl: string | undefined,
  log: Log,
  releasers: Releasers,
): Promise<(name: string) => Promise<string>> {
  let serverUrl = givenUrl;
  if (serverUrl === undefined) {
    const folder = await mkdtemp(path.join(tmpdir(), 'errand-bench-'));
    releasers.push('the data folder', () => rm(folder, { recursive: true, force: true }));
    // As root the server runs as another user, who must be able to pass.
    await chmod(folder, 0o711);
    const server = releasers.use('PostgreSQL', await startEmbeddedPostgres({ dataDir: folder, log }));
    serverUrl = server.url;
  }
  return databasesOn(serverUrl, releasers);
}

/** Makes empty databases on the server at `serverUrl`, and drops them in the end. */
export async function databasesOn(
  serverUrl: string,
  releasers: Releasers,
): Promise<(name: string) => Promise<string>> {
  const admin = new pg.Client(serverUrl);
  admin.on('error', () => undefined); // the query under way rejects with it
  await admin.connect();
  releasers.push('the connection that makes databases', () => admin.end());
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
