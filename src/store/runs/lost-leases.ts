import type pg from 'pg';

/** Forgets a task's lost leases: its run has got a whole step done, so it is no poison. Fenced; nothing happens when the lease is not held. */
export async function resetLostLeases(pool: pg.Pool, held: { taskId: string; token: bigint }): Promise<void> {
  await pool.query({
    name: 'tasks-reset-lost-leases',
    text: `update tasks set lost_leases = 0
      where id = $1 and lost_leases > 0 and lease_token = $2::bigint and lease_until > now()`,
    values: [held.taskId, held.token.toString()],
  });
}
