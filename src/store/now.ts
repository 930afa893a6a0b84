import type pg from 'pg';

/** The present, on the database's clock: what signatures say of time is measured by it. */
export async function databaseNow(pool: pg.Pool): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>({ name: 'now', text: 'select now() as now' });
  return rows[0]?.now ?? new Date();
}
