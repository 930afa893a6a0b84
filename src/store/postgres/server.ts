import pg from 'pg';
import { sleep } from '../../core/clock.ts';
import { messageOf, StartError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { backoffDelayMs } from '../../core/retry.ts';
import type { Binaries } from './binaries.ts';
import { type Credentials, type DataFolder, writeCredentials } from './data-folder.ts';
import { freePort, isFree } from './ports.ts';
import { findPostmaster, launchPostmaster, type RunningPostmaster } from './postmaster.ts';
import type { ServerUser } from './server-user.ts';

/** After a killed postmaster, a start fails for about a second, until its child processes have ended. */
const START_RETRY_MS = 5_000;
const RETRY_BACKOFF = { firstDelayMs: 100, maxDelayMs: 1_000 };
const POLL_MS = 25;
const LOG_INTERVAL_MS = 5_000;

/** What is needed to start and reach one cluster. */
export interface Server {
  readonly place: DataFolder;
  readonly binaries: Binaries;
  readonly user: ServerUser | undefined;
  readonly durable: boolean;
  readonly log: Log;
}

/** The connection string of `database`; always on 127.0.0.1. */
export function urlOf({ user, password, port }: Credentials, database: string): string {
  return `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * Makes sure that the cluster's server runs and accepts connections; returns the credentials for it. The port changes
 * if another program uses the old one. The caller holds the start lock. Throws `StartError`.
 */
export async function ensureServer(server: Server, credentials: Credentials): Promise<Credentials> {
  const end = performance.now() + START_RETRY_MS;
  let current = credentials;
  for (let attempt = 1; ; attempt += 1) {
    const found = await findPostmaster(server.place.cluster);
    if (found && (await answers(server, portOf(found, current), () => findsAgain(server, found)))) {
      return portOf(found, current);
    }
    // Checked first: another program on this port could be mistaken for a slow server.
    if (!(await isFree(current.port))) {
      server.log.warn(
        { port: current.port },
        'another program has taken the port of the embedded PostgreSQL',
      );
      current = { ...current, port: await freePort() };
      await writeCredentials(server.place, current);
    }
    const failure = await tryLaunch(server, current);
    if (failure === undefined) return current;
    const delayMs = backoffDelayMs(attempt, RETRY_BACKOFF);
    if (performance.now() + delayMs > end) {
      throw new StartError(
        `The embedded PostgreSQL does not start; the end of ${server.place.log}: ${lastLines(failure)} ` +
          'Solve the problem that it reports, or set DATABASE_URL to another PostgreSQL.',
      );
    }
    await sleep(delayMs);
  }
}

/** The port of a server that was started by hand is in its pid file. */
function portOf(found: RunningPostmaster, credentials: Credentials): Credentials {
  return found.port > 0 ? { ...credentials, port: found.port } : credentials;
}

async function findsAgain(server: Server, found: RunningPostmaster): Promise<boolean> {
  return (await findPostmaster(server.place.cluster))?.pid === found.pid;
}

/** Undefined if the server has started, otherwise its output. */
async function tryLaunch(server: Server, credentials: Credentials): Promise<string | undefined> {
  const launch = await launchPostmaster(
    server.place,
    server.binaries,
    server.user,
    credentials.port,
    server.durable,
  );
  if (await answers(server, credentials, async () => launch.alive())) {
    server.log.debug({ pid: launch.pid, port: credentials.port }, 'embedded PostgreSQL started');
    return undefined;
  }
  return (await launch.output()) || 'no output.';
}

/** True as soon as it accepts a connection; false if it ended first. No time limit: crash recovery may take long. */
async function answers(
  server: Server,
  credentials: Credentials,
  alive: () => Promise<boolean>,
): Promise<boolean> {
  let logAt = performance.now() + LOG_INTERVAL_MS;
  for (;;) {
    const client = new pg.Client({
      connectionString: urlOf(credentials, 'postgres'),
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => undefined); // the connect below rejects with it
    try {
      await client.connect();
      await client.end();
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === '28P01') {
        throw new StartError(
          `The embedded PostgreSQL refuses the password in ${server.place.credentials}: the file belongs to another database. ` +
            `Restore it, or move ${server.place.folder} away to start with an empty database.`,
          { cause: error },
        );
      }
      await client.end().catch(() => undefined);
      if (!(await alive())) return false;
      if (performance.now() > logAt) {
        logAt += LOG_INTERVAL_MS;
        server.log.info({ reason: messageOf(error) }, 'waiting for the embedded PostgreSQL to answer');
      }
    }
    await sleep(POLL_MS);
  }
}

function lastLines(text: string): string {
  return text.split('\n').slice(-4).join(' ');
}
