import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import {
  Logger,
  makeWorkerUtils,
  type Runner,
  type RunnerOptions,
  run,
  type WorkerEvents,
  type WorkerUtils,
} from 'graphile-worker';
import pg from 'pg';
import type { Releasers } from '../../src/core/releasers.ts';

const { version } = createRequire(import.meta.url)('graphile-worker/package.json') as { version: string };
export const GRAPHILE = `graphile-worker ${version}`;

/** Its fastest documented configuration, from 0.17 on: jobs fetched ahead, completions written in batches. */
export const TUNED = {
  worker: { localQueue: { size: 60 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
} as NonNullable<RunnerOptions['preset']>;
export const CAN_BE_TUNED = !version.startsWith('0.16.');

interface GraphileWork {
  readonly concurrency: number;
  readonly task?: (id: number) => void;
  readonly onCompleted?: () => void;
  readonly preset?: RunnerOptions['preset'];
}

export interface Graphile {
  readonly pool: pg.Pool;
  readonly utils: WorkerUtils;
  /** Runs `task` for each job and calls `onCompleted` after each; the caller stops the runner. */
  work(options: GraphileWork): Promise<Runner>;
}

export const GRAPHILE_TASK = 'work';

/** graphile-worker on the database at `url`, with as many connections as it needs. */
export async function startGraphile(url: string, releasers: Releasers): Promise<Graphile> {
  const pool = new pg.Pool({ connectionString: url, max: 30 });
  releasers.push("graphile-worker's pool", () => pool.end());
  pool.on('error', () => undefined); // the query on the connection rejects with it
  pool.on('connect', (client) => client.on('error', () => undefined));
  const logger = new Logger(() => () => undefined);
  const utils = await makeWorkerUtils({ pgPool: pool, logger });
  releasers.push('graphile-worker', () => utils.release());
  await utils.migrate();
  return {
    pool,
    utils,
    work: ({ concurrency, task, onCompleted, preset }) => {
      const events: WorkerEvents = new EventEmitter();
      if (onCompleted) events.on('job:complete', onCompleted);
      return run({
        pgPool: pool,
        logger,
        events,
        concurrency,
        noHandleSignals: true,
        taskList: { [GRAPHILE_TASK]: async (payload) => task?.((payload as { id: number }).id) },
        ...(preset && { preset }),
      });
    },
  };
}
