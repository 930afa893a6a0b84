import { readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { sleep } from '../../../../src/core/clock.ts';
import { LockTimeout, withFileLock } from '../../../../src/store/postgres/file-lock.ts';
import { startProcess } from '../../../fixtures/child-process.ts';
import { temporaryFolder } from '../../../fixtures/temporary-folder.ts';

const log = pino({ level: 'silent' });

async function deadProcess(): Promise<number> {
  await using process = startProcess('/dev/null', []);
  await process.exited();
  return process.pid;
}

test('only one process at a time holds the lock, also after a crashed process left it', async () => {
  await using folder = await temporaryFolder();
  const lock = path.join(folder.path, 'lock');
  const counter = path.join(folder.path, 'counter');
  await writeFile(counter, '0');
  await writeFile(lock, JSON.stringify({ pid: await deadProcess(), token: 'dead' }));
  await Promise.all(
    Array.from({ length: 20 }, () =>
      withFileLock(lock, 20_000, log, async () => {
        const before = Number(await readFile(counter, 'utf8'));
        await sleep(1);
        await writeFile(counter, String(before + 1));
      }),
    ),
  );
  expect(await readFile(counter, 'utf8')).toBe('20');
  await expect(readFile(lock)).rejects.toThrow(/ENOENT/);
});

test('a lock whose holder lives is waited for, and not for ever', async () => {
  await using folder = await temporaryFolder();
  const lock = path.join(folder.path, 'lock');
  const other = JSON.stringify({ pid: process.pid, token: 'other' });
  await writeFile(lock, other);
  await expect(withFileLock(lock, 200, log, async () => 'entered')).rejects.toThrow(LockTimeout);
  expect(await readFile(lock, 'utf8')).toBe(other);
});

test('a stale lock is taken over although a new process has its process id', async () => {
  await using folder = await temporaryFolder();
  const lock = path.join(folder.path, 'lock');
  await writeFile(lock, JSON.stringify({ pid: process.pid, token: 'other' }));
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(lock, longAgo, longAgo);
  expect(await withFileLock(lock, 200, log, async () => 'entered')).toBe('entered');
});

test('the lock is given back when the action fails', async () => {
  await using folder = await temporaryFolder();
  const lock = path.join(folder.path, 'lock');
  const failing = withFileLock(lock, 200, log, () => Promise.reject(new Error('no luck')));
  await expect(failing).rejects.toThrow('no luck');
  expect(await withFileLock(lock, 200, log, async () => 'entered')).toBe('entered');
});
