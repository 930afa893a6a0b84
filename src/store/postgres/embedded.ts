import pg from 'pg';
import type { Log } from '../../core/log.ts';
import { findBinaries } from './binaries.ts';
import { type Credentials, dataFolderAt, prepareDataFolder } from './data-folder.ts';
import { withFileLock } from './file-lock.ts';
import { ensureCluster } from './initdb.ts';
import { type Join, joinMembers, type Membership } from './membership.ts';
import { findPostmaster, stopPostmaster } from './postmaster.ts';
import { ensureServer, type Server, urlOf } from './server.ts';
import { chooseServerUser } from './server-user.ts';

const DATABASE = 'errand';
/** Longer than a first start beside three others, and than a reasonable recovery. */
const START_LOCK_WAIT_MS = 120_000;
const REVIVE_LOCK_WAIT_MS = 10_000;
const LEAVE_LOCK_WAIT_MS = 30_000;

export interface EmbeddedPostgresOptions {
  /** Contains the data, the credentials (0600) and the log. Created if missing. */
  readonly dataDir: string;
  readonly log: Log;
  /** False, for tests: faster, but commits do not survive a crash of the machine. The starting process decides. */
  readonly durable?: boolean;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** Connection string of the database `errand`, including the password: never log it. */
  readonly url: string;
}

/**
 * Runs PostgreSQL from the programs in node_modules, or uses the server that already runs on `dataDir` (started by
 * another process, or left running by a crash). The last process to dispose of it stops it. If the server dies, it is
 * started again. Throws `StartError` with the remedy.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, durable = true } = options;
  const place = dataFolderAt(options.dataDir);
  const user = await chooseServerUser(place.cluster);
  await prepareDataFolder(place, user);
  const server: Server = { place, binaries: await findBinaries(), user, durable, log };

  const bringUp = (): Promise<Credentials> =>
    ensureCluster(place, server.binaries, user, durable, log).then((known) => ensureServer(server, known));

  let first: Credentials | undefined;
  const revive = (join: Join): Promise<void> =>
    withFileLock(place.lock, REVIVE_LOCK_WAIT_MS, log, async () => {
      const credentials = await bringUp();
      if (credentials.port !== first?.port) {
        log.error(
          { port: credentials.port },
          'the port of the embedded PostgreSQL has changed; restart this process',
        );
      }
      await join(urlOf(credentials, 'postgres'));
    });

  const membership = await withFileLock(place.lock, START_LOCK_WAIT_MS, log, async () => {
    first = await bringUp();
    await ensureDatabase(urlOf(first, 'postgres'));
    const joined = await joinMembers(urlOf(first, 'postgres'), revive, log);
    return { joined, url: urlOf(first, DATABASE) };
  });

  let left: Promise<void> | undefined;
  return {
    url: membership.url,
    [Symbol.asyncDispose]: () => {
      left ??= leave(server, membership.joined);
      return left;
    },
  };
}

async function leave(server: Server, membership: Membership): Promise<void> {
  await membership.stopWatching();
  // Under the start lock, so that no process joins the running server between this check and the stop.
  await withFileLock(server.place.lock, LEAVE_LOCK_WAIT_MS, server.log, async () => {
    if (!(await membership.leave())) return;
    if (await findPostmaster(server.place.cluster)) {
      await stopPostmaster(server.place, server.binaries, server.user);
      server.log.debug('embedded PostgreSQL stopped');
    }
  });
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'errand start' });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database "${DATABASE}"`);
  } finally {
    await client.end();
  }
}
