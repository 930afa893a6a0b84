import { LIMITS } from '../../domain/limits.ts';

/**
 * Counts behind `taskStats`: adds the deltas that a CTE named `delta (status, source, agent, n)` holds.
 * Sharded by connection so that parallel writes do not wait for one row; ordered so that they never deadlock.
 */
export const COUNT_DELTAS = `insert into task_counters as c (shard, status, source, agent, count)
  select pg_backend_pid() % 16, status, source, agent, sum(n) from delta
  group by status, source, agent having sum(n) <> 0 order by status, source, agent
  on conflict (shard, status, source, agent) do update set count = c.count + excluded.count`;

/** Of an input row `i`: no run writes it, or one that still holds its lease. A scalar look by key, never a scan. */
export const IS_FENCED = `(i.by_task is null or
  (select h.lease_token from tasks h where h.id = i.by_task and h.lease_until > now()) = i.by_token)`;

/** The run that a write comes from, and the token of its lease: it writes nothing, anywhere, once that is lost. */
export interface WritingRun {
  readonly taskId: string;
  readonly token: bigint;
}

/** What `IS_FENCED` reads. */
export function fenceOf(run: WritingRun | null | undefined): { by_task?: string; by_token?: string } {
  return run ? { by_task: run.taskId, by_token: run.token.toString() } : {};
}

/** What the trigram index searches: title and description of `t` as one text. */
export const SEARCH_TEXT = `t.title || coalesce(E'\\n' || t.description, '')`;

export const SUBTASK_LIMITS = `p.subtask_count < ${LIMITS.subtasks} and p.depth < ${LIMITS.subtaskDepth}`;
