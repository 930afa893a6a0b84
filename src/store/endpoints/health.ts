import type pg from 'pg';

/** Notes a failed try; gives for how long none has been taken, or undefined when the endpoint is off or gone. */
export async function noteFailing(pool: pg.Pool, id: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ failing_ms: number }>({
    name: 'endpoint-failing',
    text: `update webhook_endpoints set failing_since = coalesce(failing_since, now())
      where id = $1 and deleted_at is null and disabled_at is null
      returning extract(epoch from now() - failing_since)::float8 * 1000 as failing_ms`,
    values: [id],
  });
  return rows[0]?.failing_ms;
}

/** Notes that a try was taken. */
export async function noteTaken(pool: pg.Pool, id: string): Promise<void> {
  await pool.query({
    name: 'endpoint-taken',
    text: 'update webhook_endpoints set failing_since = null where id = $1 and failing_since is not null',
    values: [id],
  });
}
