import type pg from 'pg';

/** Resets a task's count of lost leases: a complete step shows that the task does not crash its worker. Fenced. */
export async function resetLostLeases(pool: pg.Pool, held: { taskId: string; token: bigint }): Promise<void> {
  await pool.query({
    name: 'tasks-reset-lost-leases',
    text: `update tasks set lost_leases = 0
      where id = $1 and lost_leases > 0 and lease_token = $2::bigint and lease_until > now()`,
    values: [held.taskId, held.token.toString()],
  });
}
