import { LIMITS } from '../../domain/limits.ts';

/**
 * Counts for `taskStats`: adds the deltas of a CTE named `delta (status, source, agent, n)`. Sharded by connection, so
 * that parallel writes do not wait for one row; ordered, so that they cannot deadlock.
 */
export const COUNT_DELTAS = `insert into task_counters as c (shard, status, source, agent, count)
  select pg_backend_pid() % 16, status, source, agent, sum(n) from delta
  group by status, source, agent having sum(n) <> 0 order by status, source, agent
  on conflict (shard, status, source, agent) do update set count = c.count + excluded.count`;

/** For an input row `i`: no run writes it, or one that holds its lease. A scalar lookup by key, never a scan. */
export const IS_FENCED = `(i.by_task is null or
  (select h.lease_token from tasks h where h.id = i.by_task and h.lease_until > now()) = i.by_token)`;

/** The run that makes a write, and its token: after a lost lease it writes nothing, to no task. */
export interface WritingRun {
  readonly taskId: string;
  readonly token: bigint;
}

/** The fields that `IS_FENCED` reads. */
export function fenceOf(run: WritingRun | null | undefined): { by_task?: string; by_token?: string } {
  return run ? { by_task: run.taskId, by_token: run.token.toString() } : {};
}

/** The text of the trigram index: title and description of `t`. */
export const SEARCH_TEXT = `t.title || coalesce(E'\\n' || t.description, '')`;

export const SUBTASK_LIMITS = `p.subtask_count < ${LIMITS.subtasks} and p.depth < ${LIMITS.subtaskDepth}`;
