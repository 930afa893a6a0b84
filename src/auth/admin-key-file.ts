import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, StartError } from '../core/errors.ts';
import { isOwnSecret } from './secret.ts';

const OWNER_ONLY = 0o600;

/** Where the generated admin key lies in a data folder. */
export function adminKeyPath(dataDir: string): string {
  return path.resolve(dataDir, 'admin-key');
}

/** The secret in the file; undefined when there is none, or none that we wrote. Throws `StartError` when it cannot be read. */
export async function readAdminKeyFile(file: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    // Copied or unpacked with other rights: it is a secret again.
    await chmod(file, OWNER_ONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StartError(`${file} cannot be read (${messageOf(error)}): give this user the right to.`);
  }
  const secret = text.trim();
  return isOwnSecret(secret) ? secret : undefined;
}

/** Written whole or not at all, and never readable by others. Throws `StartError` when it cannot be written. */
export async function writeAdminKeyFile(file: string, secret: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(draft, `${secret}\n`, { mode: OWNER_ONLY, flag: 'wx' });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const advice = 'give this user the right to, or name another folder in ERRAND_DATA_DIR';
    throw new StartError(`${file} cannot be written (${messageOf(error)}): ${advice}.`);
  }
}

/** Takes away a file whose key is revoked, so that it misleads nobody. */
export async function removeAdminKeyFile(file: string): Promise<void> {
  await rm(file, { force: true });
}
