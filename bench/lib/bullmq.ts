import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Queue, Worker } from 'bullmq';
import { sleep } from '../../src/core/clock.ts';
import type { Releasers } from '../../src/core/releasers.ts';

export interface BullMq {
  /** Adds a job; resolves when Redis has it. */
  add(id: number): Promise<void>;
}

/**
 * BullMQ on the Redis of `REDIS_URL`, or on a `redis-server` that is started without persistence; undefined if there is
 * neither. `task` runs for each job.
 */
export async function startBullMq(
  task: (id: number) => void,
  releasers: Releasers,
): Promise<BullMq | undefined> {
  if (!hasClient()) return undefined;
  const url = process.env['REDIS_URL'] ?? (await startRedis(releasers));
  if (url === undefined) return undefined;
  const connection = { url, maxRetriesPerRequest: null };
  const name = `errand-bench-${process.pid}`;
  const worker = new Worker(name, async (job) => task((job.data as { id: number }).id), { connection });
  worker.on('error', () => undefined);
  releasers.push("BullMQ's worker", () => worker.close());
  const queue = new Queue(name, { connection });
  queue.on('error', () => undefined);
  releasers.push("BullMQ's queue", async () => {
    await queue.obliterate({ force: true });
    await queue.close();
  });
  await worker.waitUntilReady();
  return { add: async (id) => void (await queue.add('work', { id }, { removeOnComplete: true })) };
}

/** Without its client package, BullMQ does not fail: its worker retries forever and blocks the event loop. */
function hasClient(): boolean {
  try {
    createRequire(createRequire(import.meta.url).resolve('bullmq')).resolve('ioredis');
    return true;
  } catch {
    return false;
  }
}

async function startRedis(releasers: Releasers): Promise<string | undefined> {
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const redis = spawn('redis-server', options, { stdio: 'ignore' });
  const started = await answers(redis, port);
  if (!started) return undefined;
  releasers.push('Redis', async () => {
    const ended = new Promise((resolve) => redis.once('exit', resolve));
    redis.kill();
    await ended;
  });
  return `redis://127.0.0.1:${port}`;
}

/** False if the program is missing, or ended before it listened. */
async function answers(redis: ChildProcess, port: number): Promise<boolean> {
  let isGone = false;
  redis.on('error', () => {
    isGone = true;
  });
  redis.on('exit', () => {
    isGone = true;
  });
  while (!isGone) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return true;
    await sleep(20);
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
