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
/** Longer than a first start beside three others, and than a recovery that is still reasonable. */
const START_LOCK_WAIT_MS = 120_000;
const REVIVE_LOCK_WAIT_MS = 10_000;
const LEAVE_LOCK_WAIT_MS = 30_000;

export interface EmbeddedPostgresOptions {
  /** Everything lies here: data, credentials (0600), log. Made when missing. */
  readonly dataDir: string;
  readonly log: Log;
  /** False trades safety for speed, for tests: what is committed survives every killed process, but not the machine's crash. The process that starts the server decides. */
  readonly durable?: boolean;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** Connection string of the database `errand`, password included: never log it. */
  readonly url: string;
}

/**
 * Runs PostgreSQL from the programs in node_modules, or joins the server that already runs on `dataDir` (another
 * process's, or one left behind by a crash). The last process to dispose of it stops it. Should the server die
 * meanwhile, it is started again. Throws `StartError` with what to do.
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
          'the embedded PostgreSQL has moved to another port: restart this process',
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
  // Under the start lock, so that nobody finds a running server and joins it between our being last and its end.
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
