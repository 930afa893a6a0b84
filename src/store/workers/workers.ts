import type pg from 'pg';

/** A process that executes tasks. */
interface WorkerRow {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly agents: readonly string[];
  readonly slots: number;
  readonly busy: number;
  readonly draining: boolean;
  readonly startedAt: Date;
  readonly seenAt: Date;
}

export type WorkerState = Omit<WorkerRow, 'startedAt' | 'seenAt'>;

/** Records that a worker is alive, and its load. */
export async function touchWorker(pool: pg.Pool, worker: WorkerState): Promise<void> {
  await pool.query({
    name: 'worker-touch',
    text: `insert into workers (id, host, pid, agents, slots, busy, draining, started_at, seen_at)
      values ($1, $2, $3, $4, $5, $6, $7, now(), now())
      on conflict (id) do update set agents = excluded.agents, slots = excluded.slots, busy = excluded.busy,
        draining = excluded.draining, seen_at = now()`,
    values: [worker.id, worker.host, worker.pid, worker.agents, worker.slots, worker.busy, worker.draining],
  });
}

/** Removes a worker, when it stops. */
export async function forgetWorker(pool: pg.Pool, id: string): Promise<void> {
  await pool.query('delete from workers where id = $1', [id]);
}

/** Removes workers that crashed long ago. */
export async function forgetDeadWorkers(pool: pg.Pool): Promise<void> {
  await pool.query(`delete from workers where seen_at < now() - interval '1 day'`);
}
