import type pg from 'pg';
import type { Log } from '../../core/log.ts';
import type { AgentCatalogue } from '../config/load.ts';
import type { WorkHandler } from '../work/handler.ts';
import type { WorkSource } from '../work/unit.ts';

/** What a worker needs; `app/worker.ts` supplies it. */
export interface WorkerOptions {
  /** Unique among all processes; identifies the worker in leases and events. */
  readonly id: string;
  readonly source: WorkSource;
  /** For the row that says that the worker is alive; not the application's pool, so that it waits behind no query. */
  readonly pool: pg.Pool;
  readonly agents: Pick<AgentCatalogue, 'get' | 'names' | 'onChange'>;
  /** Executes one claimed unit: the agent's loop. */
  readonly handler: WorkHandler;
  /** Units under way at once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly log: Log;
}
