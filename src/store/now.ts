import type pg from 'pg';

/** The database's current time; timestamps of signatures are compared with it. */
export async function databaseNow(pool: pg.Pool): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>({ name: 'now', text: 'select now() as now' });
  return rows[0]?.now ?? new Date();
}
