import type pg from 'pg';
import type { RunPosition } from '../../domain/run.ts';

const LAST = `select r.number, coalesce((select max(e.seq) from run_events e where e.run_id = r.id), 0)::int as seq
  from runs r where r.task_id = $1 order by r.number desc limit 1`;

/** The last step of a task: reading from here returns only new steps. */
export async function lastStepOf(pool: pg.Pool, taskId: string): Promise<RunPosition> {
  const { rows } = await pool.query<RunPosition>({ name: 'run-events-last', text: LAST, values: [taskId] });
  return rows[0] ?? { number: 0, seq: 0 };
}
