import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Pool } from 'pg';
import type { Log } from '../../core/log.ts';
import type { Scheduler } from '../port.ts';
import { MongoStore } from './mongodb.ts';
import { PostgresStore, type WithLock } from './postgres.ts';
import type { RunnerOptions } from './runner.ts';
import { AgendaScheduler } from './scheduler.ts';

interface CommonOptions {
  /** How often Agenda polls (default 1,000); wake-ups over NOTIFY or a change stream arrive at once. */
  readonly pollMs?: number;
  /** After this time without a heartbeat another process takes the run (default 30,000). Runs may last longer. */
  readonly lockMs?: number;
}

export type SchedulerOptions = CommonOptions &
  (
    | {
        readonly kind: 'postgres';
        /** Closed by its owner, after the scheduler. It has `search_path=agenda`, at most 3 clients, bounded waits. */
        readonly pool: Pool;
        /** The migration lock, on another connection. */
        readonly withLock: WithLock;
      }
    | { readonly kind: 'mongodb'; readonly url: string }
  );

/**
 * The scheduler on PostgreSQL or MongoDB. If its store cannot be reached, it starts without it after at most 3 s and
 * retries in the background. Throws `StartError` for an invalid MongoDB URL.
 */
export async function createScheduler(options: SchedulerOptions, log: Log): Promise<Scheduler> {
  const own: RunnerOptions = {
    name: `${hostname().slice(0, 60)}:${process.pid}:${randomUUID()}`,
    pollMs: options.pollMs ?? 1_000,
    lockMs: options.lockMs ?? 30_000,
  };
  const scheduler = new AgendaScheduler(
    (onError) =>
      options.kind === 'postgres'
        ? new PostgresStore(options.pool, options.withLock, onError)
        : new MongoStore(options.url, onError),
    own,
    log.child({ part: 'scheduler' }),
  );
  await scheduler.open();
  return scheduler;
}
