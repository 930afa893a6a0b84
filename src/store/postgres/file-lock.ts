import { randomUUID } from 'node:crypto';
import { open, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { sleep } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';

/** Interval at which the holder updates the lock file's time. */
const TOUCH_MS = 2_000;
/** A lock that was not updated for this long is abandoned, even if its process id exists: ids are reused. */
const ABANDONED_MS = 15_000;
const POLL_MS = 40;
const LOG_AFTER_MS = 2_000;

export class LockTimeout extends Error {}

/**
 * Runs `action` while only this process holds the lock file at `path`, among all processes of the machine. The lock of
 * a dead holder is taken over. Throws `LockTimeout` after `waitMs`.
 */
export async function withFileLock<T>(
  path: string,
  waitMs: number,
  log: Log,
  action: () => Promise<T>,
): Promise<T> {
  const token = randomUUID();
  await acquire(path, token, waitMs, log);
  const touching = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch((error: unknown) =>
      log.debug({ err: error, path }, 'lock file not touched'),
    );
  }, TOUCH_MS);
  touching.unref();
  try {
    return await action();
  } finally {
    clearInterval(touching);
    // After a suspension longer than ABANDONED_MS another process may hold the lock; its file must stay.
    if ((await holderOf(path))?.token === token) await rm(path, { force: true });
  }
}

async function acquire(path: string, token: string, waitMs: number, log: Log): Promise<void> {
  const start = performance.now();
  let isLogged = false;
  for (;;) {
    if (await createExclusively(path, JSON.stringify({ pid: process.pid, token }))) return;
    if (await isStale(path)) await removeStale(path);
    else await sleep(POLL_MS);
    const waitedMs = performance.now() - start;
    if (waitedMs > waitMs) throw new LockTimeout(`${path} was held by another process for ${waitMs} ms`);
    if (waitedMs > LOG_AFTER_MS && !isLogged) {
      isLogged = true;
      log.info({ path }, 'waiting for another process that is starting or stopping PostgreSQL');
    }
  }
}

async function createExclusively(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function holderOf(path: string): Promise<{ pid: number; token: string } | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined; // removed, or just created and not written yet
  }
}

async function isStale(path: string): Promise<boolean> {
  const holder = await holderOf(path);
  if (holder && !processExists(holder.pid)) return true;
  return (await ageMs(path)) > ABANDONED_MS;
}

async function ageMs(path: string): Promise<number> {
  const facts = await stat(path).catch(() => undefined);
  return facts ? Date.now() - facts.mtimeMs : 0;
}

/**
 * Of two processes that see a stale lock, the slower one could remove the new lock of the faster one. So the removal
 * has its own exclusive file, and checks again while it holds it.
 */
async function removeStale(path: string): Promise<void> {
  const breaker = `${path}.break`;
  try {
    await (await open(breaker, 'wx', 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if ((await ageMs(breaker)) > ABANDONED_MS) await rm(breaker, { force: true });
    else await sleep(POLL_MS);
    return;
  }
  try {
    if (await isStale(path)) await rm(path, { force: true });
  } finally {
    await rm(breaker, { force: true });
  }
}

/** True also for a process of another user. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
