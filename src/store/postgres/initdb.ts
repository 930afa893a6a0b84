import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { StartError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Binaries } from './binaries.ts';
import {
  type Credentials,
  type DataFolder,
  readCredentials,
  syncFolder,
  writeCredentials,
} from './data-folder.ts';
import { freePort } from './ports.ts';
import { requireTraversable, type ServerUser } from './server-user.ts';

/** The programs do not inherit the environment: it contains keys, and PG… variables would change their behaviour. */
export const SERVER_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

/** Creates the cluster and its credentials if missing; returns the credentials. The caller holds the start lock. */
export async function ensureCluster(
  place: DataFolder,
  binaries: Binaries,
  user: ServerUser | undefined,
  durable: boolean,
  log: Log,
): Promise<Credentials> {
  const known = await readCredentials(place);
  if (await exists(place.cluster)) {
    if (known) return known;
    throw new StartError(
      `${place.credentials} is missing; it contains the password of the database in ${place.cluster}. ` +
        `Restore it, or move ${place.cluster} away to start with an empty database.`,
    );
  }
  await requireTraversable(binaries.postgres, user, "PostgreSQL's programs in");
  log.info({ folder: place.cluster }, 'creating the embedded PostgreSQL');
  const credentials: Credentials = {
    port: await freePort(),
    user: 'errand',
    password: randomBytes(24).toString('base64url'),
  };
  await rm(place.unfinishedCluster, { recursive: true, force: true });
  await mkdir(place.unfinishedCluster, { mode: 0o700 });
  if (user) await chown(place.unfinishedCluster, user.uid, user.gid);
  try {
    await rm(place.passwordFile, { force: true });
    await writeFile(place.passwordFile, credentials.password, { flag: 'wx', mode: 0o600 });
    if (user) await chown(place.passwordFile, user.uid, user.gid);
    await runInitdb(place, binaries, user, credentials.user, durable);
  } finally {
    await rm(place.passwordFile, { force: true });
  }
  // The credentials are stored before the rename: after a power failure in between, they would otherwise be lost.
  await writeCredentials(place, credentials);
  await rename(place.unfinishedCluster, place.cluster);
  await syncFolder(place.folder);
  return credentials;
}

async function runInitdb(
  place: DataFolder,
  binaries: Binaries,
  user: ServerUser | undefined,
  superuser: string,
  durable: boolean,
): Promise<void> {
  const child = spawn(
    binaries.initdb,
    [
      `--pgdata=${place.unfinishedCluster}`,
      `--username=${superuser}`,
      `--pwfile=${place.passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // --locale=C would make 'Über' ilike 'über' false.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(durable ? [] : ['--no-sync']),
    ],
    // Detached, so that Ctrl-C does not kill it before this process has handled the signal.
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: place.folder,
      env: SERVER_ENVIRONMENT,
      ...identity(user),
    },
  );
  const output: string[] = [];
  child.stdout.on('data', (chunk) => output.push(String(chunk)));
  child.stderr.on('data', (chunk) => output.push(String(chunk)));
  const failure = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : `exit ${code ?? signal}`));
  });
  if (failure !== undefined) {
    throw new StartError(
      `The embedded PostgreSQL could not be created (${failure}). ${adviceFor(output.join(''))}`,
    );
  }
}

function adviceFor(output: string): string {
  const lastOutput = output.trim().split('\n').slice(-4).join(' ').trim() || 'initdb printed nothing.';
  if (/effective user ID|user does not exist/.test(output)) {
    return `${lastOutput} PostgreSQL needs a user that the system knows; add one to /etc/passwd, or set DATABASE_URL.`;
  }
  if (/No space left|could not (write|extend)/.test(output))
    return `${lastOutput} Free some disk space, or set another ERRAND_DATA_DIR.`;
  return `${lastOutput} If this machine cannot run it (for example musl instead of glibc), set DATABASE_URL.`;
}

/** The options of spawn that make the child run as `user`. */
export function identity(user: ServerUser | undefined): { uid?: number; gid?: number } {
  return user ? { uid: user.uid, gid: user.gid } : {};
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
