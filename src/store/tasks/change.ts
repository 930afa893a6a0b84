import type pg from 'pg';
import type { Actor } from '../../domain/actor.ts';
import type { NewEvent } from '../../domain/events.ts';
import type { TaskStatus } from '../../domain/status.ts';
import type { Task, TaskError, TaskFields } from '../../domain/task.ts';
import { COUNT_DELTAS, fenceOf, IS_FENCED, SEARCH_TEXT, type WritingRun } from './fragments.ts';
import { SETTABLE, TASK_COLUMNS, type TaskRow, toTask } from './row.ts';

/** The fields to set; absent fields stay. */
export interface TaskPatch extends Partial<TaskFields> {
  readonly takenBy?: string | null;
  readonly attempts?: number;
  readonly inputRequestId?: string | null;
  readonly result?: unknown;
  readonly error?: TaskError;
}

/** What the change requires of the task's lease. */
export type LeaseCondition =
  /** Only under this live lease. */
  | { readonly kind: 'held'; readonly token: bigint }
  /** Only while no run holds the task. */
  | { readonly kind: 'free' }
  /** In any case: for a cancellation, or a new title. */
  | { readonly kind: 'any' };

type RunOutcomeName = 'completed' | 'failed' | 'asked' | 'retry' | 'cancelled' | 'released';

/** A compare-and-set of one task, with its events. */
export interface TaskChange {
  readonly id: string;
  /** The status it must have. */
  readonly from: TaskStatus;
  /** The new status; equal to `from` if the status does not change. */
  readonly to: TaskStatus;
  readonly lease: LeaseCondition;
  /** The version it must have, if the caller gave one. */
  readonly version?: number;
  /** The agent it must have; required if the patch sets another one. */
  readonly agentWas?: string | null;
  /** The run that writes, of this or another task: nothing is written after it lost its lease. */
  readonly by?: WritingRun;
  readonly patch: TaskPatch;
  /** No run may start for this time, on the database's clock. */
  readonly retryAfterMs?: number;
  readonly events: readonly NewEvent[];
  /** Removes the lease and ends the run with this outcome; if the lease has expired, with `lease_lost`. */
  readonly endRun?: { readonly outcome: RunOutcomeName; readonly error: TaskError | null };
  readonly ask?: {
    readonly id: string;
    readonly question: string;
    readonly askedBy: Actor;
    readonly runId: string | null;
    readonly toolCallId: string | null;
  };
  readonly answer?: { readonly id: string; readonly answer: unknown; readonly answeredBy: Actor };
}

/** A retry's delay is counted on the database's clock, so it replaces a moment that a caller gives. */
const SET_FIELDS = SETTABLE.map(({ field, column, type }) => {
  const delayed =
    field === 'notBefore'
      ? "when i.retry_after_ms is not null then now() + i.retry_after_ms * interval '1 millisecond' "
      : '';
  return `${column} = case ${delayed}when i.patch ? '${field}' then (i.patch->>'${field}')::${type} else t.${column} end`;
}).join(',\n    ');

/**
 * One statement for all changes. After a wait for a row lock, `now()` may be earlier than the task's last event, so the
 * later of both is used and the times of the history ascend.
 *
 * `is not distinct from` compares the status of the row that the id selects. With `=` the planner could use the index
 * on status: it looks as good as the primary key while the table is empty, and later reads every task of that status.
 */
const CHANGE = `with input as materialized (
  select * from jsonb_to_recordset($1::jsonb) as i (n int, id text, "from" "TaskStatus", "to" "TaskStatus", token bigint,
    free boolean, version int, agent_was text, patch jsonb, retry_after_ms float8, events jsonb, end_run jsonb, ask jsonb,
    answer jsonb, by_task text, by_token bigint)
), t as (
  update tasks t set
    status = i."to",
    version = t.version + jsonb_array_length(i.events),
    ${SET_FIELDS},
    taken_by = case when i.patch ? 'takenBy' then i.patch->>'takenBy' else t.taken_by end,
    attempts = coalesce((i.patch->>'attempts')::int, t.attempts),
    input_request_id = case when i.patch ? 'inputRequestId' then i.patch->>'inputRequestId' else t.input_request_id end,
    result = case when i.patch ? 'result' then nullif(i.patch->'result', 'null') else t.result end,
    error = coalesce(nullif(i.patch->'error', 'null'), t.error),
    lease_owner = case when i.end_run is null then t.lease_owner end,
    lease_token = case when i.end_run is null then t.lease_token end,
    lease_until = case when i.end_run is null then t.lease_until end,
    started_at = case when i."to" = 'in_progress' or i.patch ? 'takenBy' then coalesce(t.started_at, greatest(now(), t.updated_at)) else t.started_at end,
    updated_at = greatest(now(), t.updated_at),
    finished_at = case when i."to" in ('completed', 'failed', 'cancelled') then greatest(now(), t.updated_at) end
  from input i
  where t.id = i.id and t.status is not distinct from i."from"
    and (i.version is null or t.version = i.version)
    and (i.token is null or (t.lease_token = i.token and t.lease_until > now()))
    and (not i.free or t.lease_until is null or t.lease_until <= now())
    and (i.agent_was is null or coalesce(t.agent, '') = i.agent_was)
    and ${IS_FENCED}
  returning t.*, i.n
), event as (
  insert into task_events (task_id, seq, type, "from", "to", actor, run_id, reason, data, source, agent, at)
  select t.id, t.version - jsonb_array_length(i.events) + e.k, e.value->>'type', (e.value->>'from')::"TaskStatus",
    (e.value->>'to')::"TaskStatus", e.value->'actor', e.value->>'runId', e.value->>'reason', nullif(e.value->'data', 'null'),
    t.source, t.agent, t.updated_at
  from t join input i on i.n = t.n cross join lateral jsonb_array_elements(i.events) with ordinality as e (value, k)
  order by t.n, e.k
), ended as (
  update runs r set ended_at = t.updated_at, outcome = case when i.free then 'lease_lost' else i.end_run->>'outcome' end, error = nullif(i.end_run->'error', 'null')
  from t join input i on i.n = t.n
  where i.end_run is not null and r.id = t.run_id and r.ended_at is null
), asked as (
  insert into input_requests (id, task_id, run_id, tool_call_id, question, asked_by, asked_at)
  select i.ask->>'id', t.id, i.ask->>'runId', i.ask->>'toolCallId', i.ask->>'question', i.ask->'askedBy', t.updated_at
  from t join input i on i.n = t.n where i.ask is not null
), answered as (
  update input_requests q set answer = i.answer->'answer', answered_by = i.answer->'answeredBy', answered_at = t.updated_at
  from t join input i on i.n = t.n where i.answer is not null and q.id = i.answer->>'id'
), searchable as (
  update task_texts x set text = ${SEARCH_TEXT}
  from t join input i on i.n = t.n where x.task_id = t.id and (i.patch ? 'title' or i.patch ? 'description')
), delta as (
  select i."from" as status, t.source, coalesce(i.agent_was, t.agent, '') as agent, -1 as n from t join input i on i.n = t.n
  union all select t.status, t.source, coalesce(t.agent, ''), 1 from t
), counted as (${COUNT_DELTAS})
select ${TASK_COLUMNS}, t.n from t`;

/** Throws the database's code for invalid text, so that only the invalid change fails and not the whole batch. */
function asJson(input: unknown): string {
  try {
    return JSON.stringify(input);
  } catch (cause) {
    throw Object.assign(new Error('a change contains a value that is not JSON', { cause }), {
      code: '22P02',
    });
  }
}

/** Makes the changes; returns one result per item, in order: the new task, or undefined if the comparison failed. */
export async function changeTasks(
  pool: pg.Pool,
  items: readonly TaskChange[],
): Promise<(Task | undefined)[]> {
  const sent = items.map((item, n) => ({
    n,
    id: item.id,
    from: item.from,
    to: item.to,
    token: item.lease.kind === 'held' ? item.lease.token.toString() : null,
    free: item.lease.kind === 'free',
    version: item.version,
    agent_was: item.agentWas === undefined ? null : (item.agentWas ?? ''),
    patch: item.patch,
    retry_after_ms: item.retryAfterMs,
    events: item.events,
    end_run: item.endRun,
    ask: item.ask,
    answer: item.answer,
    // A condition on the task's own lease already has this effect.
    ...fenceOf(item.lease.kind === 'held' ? undefined : item.by),
  }));
  // Rows are locked in the order of ids, as in the heartbeat, so that the two cannot deadlock.
  const input = sent.sort((one, other) => (one.id < other.id ? -1 : 1));
  const { rows } = await pool.query<TaskRow & { n: number }>({
    name: 'tasks-change',
    text: CHANGE,
    values: [asJson(input)],
  });
  const changed: (Task | undefined)[] = items.map(() => undefined);
  for (const row of rows) changed[row.n] = toTask(row);
  return changed;
}
