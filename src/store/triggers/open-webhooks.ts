import type pg from 'pg';

/** Active webhook triggers without verification, by name. */
export async function openWebhooks(pool: pg.Pool): Promise<{ id: string; name: string; path: string }[]> {
  const { rows } = await pool.query<{ id: string; name: string; path: string }>(
    "select id, name, path from triggers where kind = 'webhook' and verify = 'none' and deleted_at is null order by name",
  );
  return rows;
}
