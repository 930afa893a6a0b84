import type pg from 'pg';

/** Records a failed attempt; returns for how long attempts have failed; undefined if it is off or deleted. */
export async function noteFailing(pool: pg.Pool, id: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ failing_ms: number | null }>({
    name: 'endpoint-failing',
    // Only the first failure writes: the dispatcher locks this row, and many attempts may fail at once.
    text: `with first as (
        update webhook_endpoints set failing_since = now()
        where id = $1 and deleted_at is null and disabled_at is null and failing_since is null
        returning failing_since
      )
      select extract(epoch from now() - coalesce(f.failing_since, w.failing_since))::float8 * 1000 as failing_ms
      from webhook_endpoints w left join first f on true
      where w.id = $1 and w.deleted_at is null and w.disabled_at is null`,
    values: [id],
  });
  return rows[0] && (rows[0].failing_ms ?? 0);
}

/** Records a successful attempt. */
export async function noteTaken(pool: pg.Pool, id: string): Promise<void> {
  await pool.query({
    name: 'endpoint-taken',
    text: 'update webhook_endpoints set failing_since = null where id = $1 and failing_since is not null',
    values: [id],
  });
}
