import type pg from 'pg';
import type { Log } from '../../core/log.ts';
import type { Caller, CallerRun } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskContext } from '../../tasks/context.ts';
import type { AgentCatalogue } from '../config/load.ts';
import type { RunHandler } from '../work/handler.ts';

/** What a worker needs; `app.ts` joins it. */
export interface WorkerOptions {
  /** Unique among all processes; names the worker in leases and events. */
  readonly id: string;
  readonly tasks: TaskContext;
  /** A pool of its own, so that a heartbeat never waits behind the application's queries. */
  readonly leasePool: pg.Pool;
  readonly agents: Pick<AgentCatalogue, 'get' | 'names' | 'onChange'>;
  /** Works on one claimed task: the agent's loop. */
  readonly handler: RunHandler;
  /** Whom a run acts for, read again at each call. Throws `Refusal` when its key may do nothing any more. */
  readonly callerFor: (task: Task, run: CallerRun) => Promise<Caller>;
  /** Runs under way at once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly log: Log;
}
