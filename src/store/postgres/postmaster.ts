import { execFile, spawn } from 'node:child_process';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import type { DataFolder } from './data-folder.ts';
import { processExists } from './file-lock.ts';
import { identity, SERVER_ENVIRONMENT } from './initdb.ts';
import type { ServerUser } from './server-user.ts';

const LOG_ROTATED_AT_BYTES = 10 * 1024 * 1024;

export interface RunningPostmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * The server that runs on this cluster, from its postmaster.pid. A file from an earlier server, whose process id now
 * belongs to another program (ids repeat after a restart of a container), would prevent PostgreSQL from starting, so it
 * is removed. The caller holds the start lock.
 */
export async function findPostmaster(cluster: string): Promise<RunningPostmaster | undefined> {
  const file = path.join(cluster, 'postmaster.pid');
  const lines = await readFile(file, 'utf8').then(
    (text) => text.split('\n'),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
  if (!lines) return undefined;
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !processExists(pid)) return undefined;
  if (!(await looksLikePostgres(pid))) {
    await rm(file, { force: true });
    return undefined;
  }
  return { pid, port: Number(lines[3]) };
}

/** True also on systems without /proc. False for a killed server that is still a zombie (Z). */
async function looksLikePostgres(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const facts = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (facts === undefined) return processExists(pid);
  const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(facts) ?? [];
  return name === 'postgres' && state !== 'Z';
}

export interface Launch {
  readonly pid: number;
  /** True until the server has ended. */
  alive(): boolean;
  /** What it has written to its log since the launch. */
  output(): Promise<string>;
}

/**
 * Starts the server detached, in its own process group: Ctrl-C does not reach it while this process stops, and it
 * survives a crash of this process. It listens only on this machine and requires a password.
 */
export async function launchPostmaster(
  place: DataFolder,
  binaries: Binaries,
  user: ServerUser | undefined,
  port: number,
  durable: boolean,
): Promise<Launch> {
  await rotateLog(place.log);
  const log = await open(place.log, 'a', 0o600);
  const from = (await log.stat()).size;
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The statements are short; compiling them costs more than it saves.
    jit: 'off',
    // LOG, FATAL and PANIC: failed statements are logged by their sender, and their texts may contain user data.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  const child = spawn(
    binaries.postgres,
    ['-D', place.cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      cwd: place.folder,
      env: SERVER_ENVIRONMENT,
      ...identity(user),
    },
  );
  let failure: string | undefined;
  child.on('error', (error) => {
    failure = error.message;
  });
  child.unref();
  await log.close();
  return {
    pid: child.pid ?? 0,
    alive: () => failure === undefined && child.exitCode === null && child.signalCode === null,
    output: async () => failure ?? (await readFile(place.log)).subarray(from).toString('utf8').trim(),
  };
}

async function rotateLog(file: string): Promise<void> {
  const facts = await stat(file).catch(() => undefined);
  if (facts && facts.size > LOG_ROTATED_AT_BYTES) await rename(file, `${file}.1`);
}

/** Stops the server in fast mode (rolls back open transactions, closes connections) and waits until it has ended. */
export async function stopPostmaster(
  place: DataFolder,
  binaries: Binaries,
  user: ServerUser | undefined,
): Promise<void> {
  const wait = ['-w', '-t', '30'];
  await promisify(execFile)(binaries.pgCtl, ['stop', '-D', place.cluster, '-m', 'fast', ...wait], {
    cwd: place.folder,
    env: SERVER_ENVIRONMENT,
    ...identity(user),
  });
}
