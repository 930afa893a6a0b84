import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, StartError } from '../core/errors.ts';
import { isOwnSecret } from './secret.ts';

const OWNER_ONLY = 0o600;

/** Path of the file with the generated admin key. */
export function adminKeyPath(dataDir: string): string {
  return path.resolve(dataDir, 'admin-key');
}

/** The secret in the file; undefined if there is none that Errand wrote. Throws `StartError` if it cannot be read. */
export async function readAdminKeyFile(file: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    // A copied or unpacked file may have other permissions.
    await chmod(file, OWNER_ONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StartError(
      `${file} cannot be read (${messageOf(error)}); give this user permission to read it.`,
    );
  }
  const secret = text.trim();
  return isOwnSecret(secret) ? secret : undefined;
}

/** Writes the whole file or nothing; only the owner can read it. Throws `StartError` if it cannot be written. */
export async function writeAdminKeyFile(file: string, secret: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(draft, `${secret}\n`, { mode: OWNER_ONLY, flag: 'wx' });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const advice = 'give this user write permission, or set another folder with ERRAND_DATA_DIR';
    throw new StartError(`${file} cannot be written (${messageOf(error)}); ${advice}.`);
  }
}

/** Removes the file of a revoked key, so that it does not mislead its reader. */
export async function removeAdminKeyFile(file: string): Promise<void> {
  await rm(file, { force: true });
}
