import type { WorkHandler } from '../../src/agents/work/handler.ts';
import { createTask } from '../../src/tasks/commands/create.ts';
import { CALLER, type Engine } from './engine.ts';
import { countdown, makeAll } from './load.ts';

export interface Lives {
  readonly lives: number;
  readonly inFlight: number;
  readonly title: string;
  readonly handler: WorkHandler;
  /** The worker starts after all tasks are created, or with the first of them. */
  readonly worksFrom: 'last' | 'first';
}

/** Creates tasks and executes them; returns whole lives per second. Throws unless every life is stored completely. */
export async function wholeLives({ tasks, pool, work }: Engine, options: Lives): Promise<number> {
  const { lives, inFlight, title, handler, worksFrom } = options;
  await pool.query('truncate tasks, task_counters cascade');
  const startedAt = performance.now();
  const make = (): Promise<void> =>
    makeAll(lives, inFlight, () => createTask(tasks, CALLER, { title, agent: 'assistant' }));
  if (worksFrom === 'last') await make();
  const done = countdown(lives);
  const { writer } = tasks;
  const worker = work(handler, inFlight, {
    ...writer,
    change: async (change) => {
      const task = await writer.change(change);
      if (task?.status === 'completed') done.count();
      return task;
    },
  });
  if (worksFrom === 'first') await make();
  await done.done;
  const seconds = (performance.now() - startedAt) / 1000;
  await worker.stop(1_000);
  await checkStored(pool, lives);
  return lives / seconds;
}

/** Throws unless each life is complete: status completed, three events, one run. */
async function checkStored(pool: Engine['pool'], lives: number): Promise<void> {
  const { rows } = await pool.query<Record<string, number>>(`select
    (select count(*)::int from tasks where status = 'completed' and version = 3 and lease_token is null) as completed,
    (select count(*)::int from (select task_id from task_events group by task_id
      having array_agg(type order by seq) = array['task.created', 'task.started', 'task.completed']) e) as histories,
    (select count(*)::int from runs where outcome = 'completed') as runs`);
  const found = rows[0] ?? {};
  for (const [what, count] of Object.entries(found)) {
    if (count !== lives) throw new Error(`${count} ${what} stored, expected ${lives}`);
  }
}
