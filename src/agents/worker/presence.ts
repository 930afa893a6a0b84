import { hostname } from 'node:os';
import type pg from 'pg';
import { sleep } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import { forgetWorker, touchWorker, type WorkerState } from '../../store/workers/workers.ts';

/** A worker that was seen within three of these counts as alive. */
export const WORKER_TOUCH_MS = 5_000;

export interface Presence {
  /** Stores the worker's state now. Never throws. */
  touch(): Promise<void>;
  /** Takes the worker off the list; after this nothing is stored any more. Never throws. */
  end(): Promise<void>;
}

/** Keeps the row that says that a worker is alive and what it does, until `signal` fires. */
export function keepPresence(
  pool: pg.Pool,
  stateOf: () => Omit<WorkerState, 'host' | 'pid'>,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Presence {
  const touch = (): Promise<void> =>
    touchWorker(pool, { host: hostname(), pid: process.pid, ...stateOf() }).catch((err: unknown) =>
      log.debug({ err }, 'the state of the worker could not be stored'),
    );
  async function repeat(): Promise<void> {
    do await touch();
    while (await sleep(WORKER_TOUCH_MS, signal));
  }
  const repeating = repeat();
  return {
    touch,
    end: async () => {
      await repeating;
      await forgetWorker(pool, stateOf().id).catch(() => undefined);
    },
  };
}
