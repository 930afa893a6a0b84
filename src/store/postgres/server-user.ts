import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../../core/errors.ts';

/** The user as which the server runs; PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Undefined unless this process is root; then the owner of an existing data folder, else `postgres`, else `nobody`. */
export async function chooseServerUser(clusterFolder: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(clusterFolder).catch(() => undefined);
  if (owner && owner.uid !== 0) return { name: `user ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  const user = (await lookUp('postgres')) ?? (await lookUp('nobody'));
  if (!user) {
    throw new StartError(
      'PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as. ' +
        'Start Errand as an ordinary user, or set DATABASE_URL.',
    );
  }
  return user;
}

/** With `id` instead of /etc/passwd: users may come from another source, and initdb uses the system's lookup. */
async function lookUp(name: string): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await promisify(execFile)('id', [flag, name])).stdout)),
    );
    return uid && gid !== undefined ? { name, uid, gid } : undefined;
  } catch {
    return undefined; // no such user
  }
}

/** Throws `StartError` with the first folder on the path to `target` that `user` cannot traverse. */
export async function requireTraversable(
  target: string,
  user: ServerUser | undefined,
  what: string,
): Promise<void> {
  if (!user) return;
  const root = path.parse(target).root;
  const names = path.relative(root, target).split(path.sep).filter(Boolean);
  let folder = root;
  for (const name of ['', ...names]) {
    folder = path.join(folder, name);
    const facts = await stat(folder);
    if (facts.isDirectory() && !mayPass(facts, user)) {
      throw new StartError(
        `Errand runs as root, so the embedded PostgreSQL runs as ${user.name}, which cannot reach ${what} ${target}: ` +
          `${folder} is closed to others. Run \`chmod o+x ${folder}\`, move it elsewhere, ` +
          'start Errand as an ordinary user, or set DATABASE_URL.',
      );
    }
  }
}

/** The x bit of the permission class of `user`, chosen as the kernel does. */
export function mayPass(
  facts: { mode: number; uid: number; gid: number },
  user: { uid: number; gid: number },
): boolean {
  if (facts.uid === user.uid) return (facts.mode & 0o100) !== 0;
  if (facts.gid === user.gid) return (facts.mode & 0o010) !== 0;
  return (facts.mode & 0o001) !== 0;
}
