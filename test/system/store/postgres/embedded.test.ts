import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../../src/store/postgres/embedded.ts';
import { processExists } from '../../../../src/store/postgres/file-lock.ts';
import {
  dataFolder,
  embeddedProcess,
  leave,
  postmasterOf,
  query,
} from '../../../fixtures/embedded-postgres.ts';

const log = pino({ level: 'silent' });
const start = (dataDir: string): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ dataDir, log, durable: false });

describe('the embedded PostgreSQL', () => {
  test('comes up in an empty folder, durable, reached only from here and only with its password', async () => {
    await using folder = await dataFolder();
    await using server = await startEmbeddedPostgres({ dataDir: folder.path, log });
    const [facts] = await query(
      server.url,
      `select current_database() as name, 'Über' ilike 'über' as folds, current_setting('fsync') as fsync,
              current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets`,
    );
    expect(facts).toEqual({ name: 'errand', folds: true, fsync: 'on', addresses: '127.0.0.1', sockets: '' });
    expect((await stat(path.join(folder.path, 'postgres.json'))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder.path)).sort()).toEqual(['postgres', 'postgres.json', 'postgres.log']);
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  test('is shared by all processes of a folder, and the last to leave stops it', async () => {
    await using folder = await dataFolder();
    const first = await start(folder.path);
    const second = await start(folder.path);
    const pid = await postmasterOf(folder.path);
    await first[Symbol.asyncDispose]();
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await postmasterOf(folder.path)).toBe(pid);
    await second[Symbol.asyncDispose]();
    expect(await postmasterOf(folder.path)).toBeUndefined();
  });

  test('keeps its data and its address from one run to the next', async () => {
    await using folder = await dataFolder();
    const first = await start(folder.path);
    await query(first.url, 'create table kept as select 7 as number');
    await first[Symbol.asyncDispose]();
    await using second = await start(folder.path);
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'select number from kept')).toEqual([{ number: 7 }]);
  });

  test('comes up for four processes that start at once on one empty folder', async () => {
    await using folder = await dataFolder();
    await using one = embeddedProcess(folder.path);
    await using two = embeddedProcess(folder.path);
    const here = Promise.all([start(folder.path), start(folder.path)]);
    const urls = [await one.line('up'), await two.line('up'), ...(await here).map(({ url }) => url)];
    expect(new Set(urls).size).toBe(1);
    for (const server of await here) await server[Symbol.asyncDispose]();
    expect(await Promise.all([leave(one), leave(two)])).toEqual(['42', '42']);
    expect(await postmasterOf(folder.path)).toBeUndefined();
  });

  test('is never stopped while one process joins and another leaves', async () => {
    await using folder = await dataFolder();
    const comeAndGo = async (): Promise<void> => {
      for (let round = 0; round < 5; round += 1) {
        await using server = await start(folder.path);
        expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
      }
    };
    await Promise.all([comeAndGo(), comeAndGo(), comeAndGo()]);
    expect(await postmasterOf(folder.path)).toBeUndefined();
  });

  test('outlives a process killed with -9, and is found and used by the next', async () => {
    await using folder = await dataFolder();
    await using killed = embeddedProcess(folder.path);
    await query(await killed.line('up'), 'create table kept as select 7 as number');
    const pid = await postmasterOf(folder.path);
    process.kill(killed.pid, 'SIGKILL');
    await killed.exited();
    const next = await start(folder.path);
    expect(await postmasterOf(folder.path)).toBe(pid);
    expect(await query(next.url, 'select number from kept')).toEqual([{ number: 7 }]);
    await next[Symbol.asyncDispose]();
    expect(await postmasterOf(folder.path)).toBeUndefined();
  });

  test('comes up again after its own process was killed with -9', async () => {
    await using folder = await dataFolder();
    await using killed = embeddedProcess(folder.path);
    await query(await killed.line('up'), 'create table kept as select 7 as number');
    const pid = (await postmasterOf(folder.path)) ?? 0;
    process.kill(killed.pid, 'SIGKILL');
    await killed.exited();
    process.kill(pid, 'SIGKILL');
    await using next = await start(folder.path);
    expect(await postmasterOf(folder.path)).not.toBe(pid);
    expect(await query(next.url, 'select number from kept')).toEqual([{ number: 7 }]);
  });

  test('is restarted at the same address if it crashes while a process uses it', async () => {
    await using folder = await dataFolder();
    await using server = await start(folder.path);
    const pid = (await postmasterOf(folder.path)) ?? 0;
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(async () => expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]), {
      timeout: 10_000,
      interval: 100,
    });
    expect(await postmasterOf(folder.path)).not.toBe(pid);
  });

  test('is not stopped by Ctrl-C while the process drains', async () => {
    await using folder = await dataFolder();
    await using running = embeddedProcess(folder.path);
    const url = await running.line('up');
    running.signalGroup('SIGINT');
    await running.line('draining');
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    running.send('leave');
    expect(await running.line('left')).toBe('42');
    expect(await running.exited()).toBe(0);
    expect(await postmasterOf(folder.path)).toBeUndefined();
  });

  test('takes another port when its own is taken', async () => {
    await using folder = await dataFolder();
    const first = await start(folder.path);
    await first[Symbol.asyncDispose]();
    const intruder = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
    try {
      await using second = await start(folder.path);
      expect(second.url).not.toBe(first.url);
      expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      intruder.close();
    }
  });

  test('comes up although a killed start left half a cluster, its password file and its lock', async () => {
    await using folder = await dataFolder();
    await mkdir(path.join(folder.path, 'postgres.unfinished', 'base'), { recursive: true });
    await writeFile(path.join(folder.path, 'postgres.password'), 'old');
    const dead = embeddedProcess('/dev/null');
    await dead.exited();
    await writeFile(path.join(folder.path, 'postgres.lock'), JSON.stringify({ pid: dead.pid, token: 'x' }));
    await using server = await start(folder.path);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await readdir(folder.path)).sort()).toEqual(['postgres', 'postgres.json', 'postgres.log']);
  });

  test('comes up although its number in postmaster.pid now belongs to something else', async () => {
    await using folder = await dataFolder();
    const first = await start(folder.path);
    const file = path.join(folder.path, 'postgres', 'postmaster.pid');
    const left = await readFile(file, 'utf8');
    await first[Symbol.asyncDispose]();
    await writeFile(file, left.replace(/^\d+/, String(process.pid)));
    await using second = await start(folder.path);
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(processExists((await postmasterOf(folder.path)) ?? 0)).toBe(true);
  });
});
