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
  /** How often Agenda looks by itself (1,000); what NOTIFY or a change stream brings comes at once. */
  readonly pollMs?: number;
  /** After so long without a heartbeat a run is another's (30,000). It is no limit on a run's length. */
  readonly lockMs?: number;
}

export type SchedulerOptions = CommonOptions &
  (
    | {
        readonly kind: 'postgres';
        /** Ours to use and its owner's to end, after the scheduler: `search_path=agenda`, at most 3, bounded waits. */
        readonly pool: Pool;
        /** The migration lock, on another connection. */
        readonly withLock: WithLock;
      }
    | { readonly kind: 'mongodb'; readonly url: string }
  );

/**
 * The scheduler on PostgreSQL or MongoDB. With its store away it comes up without, after 3 s at most, and finds the
 * store in the background. Throws `StartError` for a MongoDB URL that cannot be read.
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
