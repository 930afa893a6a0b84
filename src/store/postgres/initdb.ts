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

/** PostgreSQL's programs get nothing of our environment: it holds keys, and PG… variables would change what they do. */
export const SERVER_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

/** Makes the cluster and its credentials when there are none; gives the credentials. Call it under the start lock. */
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
      `${place.credentials} is missing, and with it the password of the database in ${place.cluster}. ` +
        `Restore it, or move ${place.cluster} away to begin with an empty database.`,
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
  // The password is safe before the cluster counts as made: the other way round, a power cut between the two locks us out.
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
    // Detached, so that Ctrl-C half-way does not leave our own code without an answer.
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
      `The embedded PostgreSQL could not be created (${failure}): ${adviceFor(output.join(''))}`,
    );
  }
}

function adviceFor(output: string): string {
  const said = output.trim().split('\n').slice(-4).join(' ').trim() || 'it said nothing.';
  if (/effective user ID|user does not exist/.test(output)) {
    return `${said} PostgreSQL needs a user that the system knows: add one to /etc/passwd, or set DATABASE_URL.`;
  }
  if (/No space left|could not (write|extend)/.test(output))
    return `${said} Make room, or name another ERRAND_DATA_DIR.`;
  return `${said} If this machine cannot run it (musl instead of glibc, for one), set DATABASE_URL.`;
}

/** The part of spawn's options that makes the child run as `user`. */
export function identity(user: ServerUser | undefined): { uid?: number; gid?: number } {
  return user ? { uid: user.uid, gid: user.gid } : {};
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
