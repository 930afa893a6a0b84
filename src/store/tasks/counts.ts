import type pg from 'pg';
import type { TaskSource } from '../../domain/source.ts';
import type { TaskStatus } from '../../domain/status.ts';

/** The number of tasks with one status, source and agent (`''`: tracked). */
export interface TaskCount {
  readonly status: TaskStatus;
  readonly source: TaskSource;
  readonly agent: string;
  readonly count: number;
}

/** Sums the sharded counters; the cost does not depend on the number of tasks. */
export async function readTaskStats(pool: pg.Pool): Promise<TaskCount[]> {
  const { rows } = await pool.query<TaskCount>({
    name: 'task-counts',
    text: `select status, source, agent, sum(count)::float8 as count from task_counters
      group by status, source, agent having sum(count) <> 0 order by status, source, agent`,
  });
  return rows;
}
