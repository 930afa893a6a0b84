import { LIMITS } from '../../domain/limits.ts';

/**
 * Counts behind `taskStats`: adds the deltas that a CTE named `delta (status, source, agent, n)` holds.
 * Sharded by connection so that parallel writes do not wait for one row; ordered so that they never deadlock.
 */
export const COUNT_DELTAS = `insert into task_counters as c (shard, status, source, agent, count)
  select pg_backend_pid() % 16, status, source, agent, sum(n) from delta
  group by status, source, agent having sum(n) <> 0 order by status, source, agent
  on conflict (shard, status, source, agent) do update set count = c.count + excluded.count`;

/** What the trigram index searches: title and description of `t` as one text. */
export const SEARCH_TEXT = `t.title || coalesce(E'\\n' || t.description, '')`;

export const SUBTASK_LIMITS = `p.subtask_count < ${LIMITS.subtasks} and p.depth < ${LIMITS.subtaskDepth}`;
