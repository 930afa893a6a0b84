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
 * The server that runs on this cluster, by its postmaster.pid. A file left behind whose number now belongs to
 * something else (after a container's restart the numbers are the same again) would keep PostgreSQL from starting: it
 * is removed. Call it under the start lock.
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

/** True also where there is no /proc to ask. A killed server that nobody has reaped yet (Z) is none. */
async function looksLikePostgres(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const facts = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (facts === undefined) return processExists(pid);
  const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(facts) ?? [];
  return name === 'postgres' && state !== 'Z';
}

export interface Launch {
  readonly pid: number;
  /** True until the server ended. */
  alive(): boolean;
  /** What it has written to its log since it was launched. */
  output(): Promise<string>;
}

/**
 * Starts the server, detached: it is no part of our process group, so Ctrl-C does not reach it while we drain, and it
 * outlives us when we crash. Only this machine reaches it, with a password.
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
    // Our statements are short; compiling them costs more than it saves.
    jit: 'off',
    // LOG, FATAL and PANIC: a statement that failed is logged by whoever sent it, and its text may carry people's words.
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

/** Ends the server the fast way (open transactions are rolled back, connections cut) and waits until it is gone. */
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
