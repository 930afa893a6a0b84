import { type ExecFileOptions, execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { identity } from '../../src/store/postgres/initdb.ts';
import { freePort } from '../../src/store/postgres/ports.ts';
import { chooseServerUser } from '../../src/store/postgres/server-user.ts';
import type { Programs } from './versions.ts';

const run = promisify(execFile);
/** The default locale of Debian in a container; the programs do not inherit the environment. */
const LOCALE = 'C.UTF-8';

export interface PlainServerOptions {
  /** False, for tests: faster, but commits do not survive a crash of the machine. */
  readonly durable: boolean;
}

/** A PostgreSQL with its package's default settings, on 127.0.0.1, in a temporary folder. */
export interface PlainServer extends AsyncDisposable {
  readonly major: number;
  /** URL of the database `postgres`, as a superuser. */
  readonly url: string;
  /** For example `15.18 (Debian 15.18-0+deb12u1)`. */
  readonly version: string;
  /** Whether statements with a high estimated cost are compiled. */
  readonly jit: boolean;
  /** Process id of the postmaster, the parent of every other process of the server. */
  readonly pid: number;
}

/** Creates a cluster and starts it. Rejects with the output of the programs if they fail. */
export async function startPlainServer(
  programs: Programs,
  { durable }: PlainServerOptions,
): Promise<PlainServer> {
  const folder = await mkdtemp(path.join(tmpdir(), `errand-postgres-${programs.major}-`));
  const user = await chooseServerUser(folder);
  if (user) await chown(folder, user.uid, user.gid);
  await chmod(folder, 0o700);
  const data = path.join(folder, 'data');
  const options: ExecFileOptions = {
    cwd: user ? '/' : folder,
    env: { LC_ALL: LOCALE, TZ: 'UTC' },
    ...identity(user),
  };
  const program = (name: string, ...args: string[]) => run(path.join(programs.bin, name), args, options);
  const stop = () => program('pg_ctl', 'stop', '-D', data, '-m', 'immediate', '-w');
  try {
    await program('initdb', '-D', data, '-U', 'errand', '--auth=trust', '--encoding=UTF8', '--no-sync');
    const port = await freePort();
    const settings = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: 200,
      ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    };
    const flags = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
    await program('pg_ctl', 'start', '-D', data, '-w', '-l', path.join(folder, 'log'), '-o', flags.join(' '));
    const url = `postgresql://errand@127.0.0.1:${port}/postgres`;
    const pid = Number.parseInt(await readFile(path.join(data, 'postmaster.pid'), 'utf8'), 10);
    return {
      major: programs.major,
      url,
      pid,
      ...(await factsOf(url)),
      [Symbol.asyncDispose]: async () => {
        try {
          await stop();
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      },
    };
  } catch (error) {
    await stop().catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function factsOf(url: string): Promise<{ version: string; jit: boolean }> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string; jit: boolean }>(
      "select current_setting('server_version') as version, current_setting('jit')::bool and pg_jit_available() as jit",
    );
    const [facts] = rows;
    if (!facts) throw new Error('the server returned no version');
    return facts;
  } finally {
    await client.end();
  }
}
