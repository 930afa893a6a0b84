import type pg from 'pg';

const EVENTS = `with t as (update tasks set version = version + $2 where id = $1 returning id, version)
  insert into task_events (task_id, seq, type, actor, source, at)
  select id, version - $2 + k, 'run.released', '{"kind":"system","id":"errand","name":"Errand"}', 'api', now()
  from t cross join generate_series(1, $2::int) k order by k`;

/** Appends `count` events to a task in one statement. */
export async function appendEvents(pool: pg.Pool, taskId: string, count = 1): Promise<void> {
  await pool.query(EVENTS, [taskId, count]);
}

export async function cursorsOnRecord(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ cursor: string }>(
    'select position::text as cursor from task_events e order by e.position',
  );
  return rows.map((row) => row.cursor);
}
