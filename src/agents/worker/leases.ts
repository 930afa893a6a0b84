import type pg from 'pg';
import { monotonicMs, sleep } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import { extendLeases } from '../../store/tasks/lease.ts';
import type { ActiveRun } from './active-unit.ts';

export interface LeaseKeeperOptions {
  readonly pool: pg.Pool;
  readonly leaseMs: number;
  readonly runs: () => Iterable<ActiveRun>;
  readonly log: Log;
}

/** However long the lease: from its end on another may have the task, and this run goes on calling its model. */
const MAX_WATCH_MS = 250;

/**
 * Keeps the leases of this process's runs alive, all in one statement every third of a lease, and stops a run whose
 * lease is gone: because the database says so, or because this process's own monotonic clock does (it was paused, or
 * the database is away). Runs until `signal` fires.
 */
export async function keepLeases(options: LeaseKeeperOptions, signal: AbortSignal): Promise<void> {
  const { pool, leaseMs, runs, log } = options;
  const watch = setInterval(() => stopExpired(runs()), Math.min(MAX_WATCH_MS, Math.max(20, leaseMs / 12)));
  let isFailing = false;
  try {
    while (await sleep(isFailing ? leaseMs / 10 : leaseMs / 3, signal)) {
      stopExpired(runs());
      const held = [...runs()].filter((run) => run.stoppedFor === undefined);
      if (held.length === 0) continue;
      const sentAtMs = monotonicMs();
      try {
        const lost = new Set(
          await extendLeases(
            pool,
            held.map((run) => ({ taskId: run.task.id, token: run.token })),
            leaseMs,
          ),
        );
        for (const run of held) {
          if (lost.has(run.task.id)) run.stop('lease_lost');
          else run.extended(sentAtMs, leaseMs);
        }
        isFailing = false;
      } catch (err) {
        isFailing = true;
        log.warn({ err, runs: held.length }, 'the heartbeat failed; runs go on while their leases hold');
      }
    }
  } finally {
    clearInterval(watch);
  }
}

function stopExpired(runs: Iterable<ActiveRun>): void {
  const nowMs = monotonicMs();
  for (const run of runs) if (nowMs >= run.leaseEndsAtMs) run.stop('lease_lost');
}
