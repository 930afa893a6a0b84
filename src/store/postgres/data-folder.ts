import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, StartError } from '../../core/errors.ts';
import type { ServerUser } from './server-user.ts';
import { requireTraversable } from './server-user.ts';

/** The paths inside the data folder. */
export interface DataFolder {
  readonly folder: string;
  /** PostgreSQL's data; owned by the server's user. */
  readonly cluster: string;
  /** initdb writes here; renamed to `cluster` when complete. */
  readonly unfinishedCluster: string;
  readonly passwordFile: string;
  readonly credentials: string;
  readonly lock: string;
  readonly log: string;
}

/** Port and password, stored in `postgres.json` (0600). */
export interface Credentials {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** The paths inside `dataDir`, as absolute paths. */
export function dataFolderAt(dataDir: string): DataFolder {
  const folder = path.resolve(dataDir);
  return {
    folder,
    cluster: path.join(folder, 'postgres'),
    unfinishedCluster: path.join(folder, 'postgres.unfinished'),
    passwordFile: path.join(folder, 'postgres.password'),
    credentials: path.join(folder, 'postgres.json'),
    lock: path.join(folder, 'postgres.lock'),
    log: path.join(folder, 'postgres.log'),
  };
}

/** Recursive only if the parent is missing: inside /proc, for example, Node's recursive mkdir never returns. */
async function makeFolder(folder: string): Promise<void> {
  const hasParent = await stat(path.dirname(folder)).then(
    () => true,
    () => false,
  );
  await mkdir(folder, { recursive: !hasParent }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** Makes the folder; throws `StartError` if it is not writable or the server's user cannot reach it. */
export async function prepareDataFolder(place: DataFolder, user: ServerUser | undefined): Promise<void> {
  try {
    await makeFolder(place.folder);
    const probe = `${place.credentials}.${process.pid}.probe`;
    await (await open(probe, 'w', 0o600)).close();
    await rm(probe, { force: true });
  } catch (error) {
    throw new StartError(
      `The data folder ${place.folder} cannot be written (${messageOf(error)}). ` +
        'Make it writable, set another one with ERRAND_DATA_DIR, or set DATABASE_URL to another PostgreSQL.',
      { cause: error },
    );
  }
  if (user) {
    // This folder belongs to Errand, unlike its parents, so its mode may be changed; secret files have their own modes.
    const { mode } = await stat(place.folder);
    if ((mode & 0o001) === 0) await chmod(place.folder, (mode & 0o777) | 0o011);
  }
  await requireTraversable(place.folder, user, 'the data folder');
}

/** Undefined if there are none yet. */
export async function readCredentials(place: DataFolder): Promise<Credentials | undefined> {
  let text: string;
  try {
    text = await readFile(place.credentials, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StartError(
      `${place.credentials} cannot be read (${messageOf(error)}). Start Errand as the user that owns it.`,
      { cause: error },
    );
  }
  const parsed = parseCredentials(text);
  if (!parsed) {
    throw new StartError(
      `${place.credentials} is damaged. Restore it, or move ${place.folder} away to start with an empty database.`,
    );
  }
  return parsed;
}

function parseCredentials(text: string): Credentials | undefined {
  try {
    const { port, user, password } = JSON.parse(text) as Record<string, unknown>;
    if (Number.isInteger(port) && typeof user === 'string' && typeof password === 'string') {
      return { port: port as number, user, password };
    }
  } catch {
    // invalid JSON counts as damaged, like a missing field
  }
  return undefined;
}

/** Writes the whole file or nothing, and flushes it to disk: without the password the data is inaccessible. */
export async function writeCredentials(place: DataFolder, credentials: Credentials): Promise<void> {
  const draft = `${place.credentials}.draft`;
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(credentials, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, place.credentials);
  await syncFolder(place.folder);
}

/** Flushes a rename inside `folder` to disk, so that it survives a power failure. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // Windows cannot open folders
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
