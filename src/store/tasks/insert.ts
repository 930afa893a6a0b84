import type pg from 'pg';
import type { Actor } from '../../domain/actor.ts';
import type { EventData } from '../../domain/events.ts';
import type { TaskSource } from '../../domain/source.ts';
import type { Task, TaskFields } from '../../domain/task.ts';
import {
  COUNT_DELTAS,
  fenceOf,
  IS_FENCED,
  SEARCH_TEXT,
  SUBTASK_LIMITS,
  type WritingRun,
} from './fragments.ts';
import { SETTABLE, TASK_COLUMNS, type TaskRow, toTask } from './row.ts';

/** Identifies the request that creates a task, so that its repetition returns the same task. */
export interface IdempotencyClaim {
  readonly actorId: string;
  readonly key: string;
  readonly operation: string;
  readonly bodyHash: string;
}

/** A task to be created, with its event `task.created`. */
export interface TaskInsert extends TaskFields {
  readonly id: string;
  readonly source: TaskSource;
  readonly createdBy: Actor;
  readonly actsFor: string | null;
  readonly parentId: string | null;
  readonly retryOf: string | null;
  /** The trigger that creates it. */
  readonly triggerId: string | null;
  readonly reason: string | null;
  /** The run that creates it, if an agent does. */
  readonly runId: string | null;
  /** The same run with its lease; nothing is created if that is lost. */
  readonly by?: WritingRun | null;
  readonly data: EventData<'task.created'>;
  readonly idempotency: IdempotencyClaim | null;
}

/**
 * One statement for all: takes idempotency keys, locks and checks parents, and writes tasks, search texts, events and
 * counts. A task is left out if its id exists, its key is in use, its run lost its lease, or its parent is missing,
 * final, too deep or has the maximum of subtasks.
 */
const INSERT = `with input as materialized (
  select * from jsonb_to_recordset($1::jsonb) as i (n int, id text, ${SETTABLE.map(({ column, type }) => `${column} ${type}`).join(', ')},
    source "TaskSource", created_by jsonb, acts_for text, parent_id text, retry_of text, reason text, run_id text, data jsonb, idem_actor text, idem_key text, idem_operation text, idem_hash text,
    trigger_id text, by_task text, by_token bigint)
), parent as materialized (
  select p.* from (select distinct parent_id from input where parent_id is not null order by 1) i cross join lateral (
    select p.id, p.depth from tasks p where p.id = i.parent_id
      and p.status in ('pending', 'in_progress', 'needs_input') and ${SUBTASK_LIMITS} for update
  ) p
), idempotency as (
  insert into idempotency_keys as k (actor_id, key, operation, body_hash, resource_id, created_at)
  select idem_actor, idem_key, idem_operation, idem_hash, id, now() from input i
  where idem_key is not null and (parent_id is null or parent_id in (select id from parent)) and ${IS_FENCED}
  order by 1, 2, 3
  on conflict (actor_id, key, operation) do update
    set body_hash = excluded.body_hash, resource_id = excluded.resource_id, reply = null,
      created_at = excluded.created_at
    where k.created_at < now() - interval '24 hours'
  returning resource_id
), t as (
  insert into tasks (id, ${SETTABLE.map(({ column }) => column).join(', ')}, source, created_by, acts_for, parent_id,
    depth, retry_of, trigger_id, created_at, updated_at)
  select i.id, ${SETTABLE.map(({ column }) => `i.${column}`).join(', ')}, i.source, i.created_by, i.acts_for, i.parent_id,
    coalesce(p.depth + 1, 0), i.retry_of, i.trigger_id, now(), now()
  from input i left join parent p on p.id = i.parent_id
  where (i.parent_id is null or p.id is not null)
    and (i.idem_key is null or i.id in (select resource_id from idempotency)) and ${IS_FENCED}
  order by i.n
  on conflict (id) do nothing
  returning *
), counted_subtask as (
  update tasks p set subtask_count = p.subtask_count + 1 from t where p.id = t.parent_id
), searchable as (
  insert into task_texts (task_id, text) select id, ${SEARCH_TEXT} from t
), event as (
  insert into task_events (task_id, seq, type, "to", actor, run_id, reason, data, source, agent, at)
  select t.id, 1, 'task.created', 'pending', t.created_by, i.run_id, i.reason, nullif(i.data, 'null'), t.source, t.agent, t.created_at
  from t join input i on i.id = t.id order by i.n
), delta as (
  select status, source, coalesce(agent, '') as agent, 1 as n from t
), counted as (${COUNT_DELTAS})
select ${TASK_COLUMNS} from t`;

/** Creates the tasks; returns one result per item, in order: the task, or undefined if it was left out. */
export async function insertTasks(
  pool: pg.Pool,
  items: readonly TaskInsert[],
): Promise<(Task | undefined)[]> {
  const input = items.map((item, n) => ({
    n,
    id: item.id,
    ...Object.fromEntries(SETTABLE.map(({ field, column }) => [column, item[field]])),
    source: item.source,
    created_by: item.createdBy,
    acts_for: item.actsFor,
    parent_id: item.parentId,
    retry_of: item.retryOf,
    trigger_id: item.triggerId,
    reason: item.reason,
    run_id: item.runId,
    data: item.data,
    idem_actor: item.idempotency?.actorId,
    idem_key: item.idempotency?.key,
    idem_operation: item.idempotency?.operation,
    idem_hash: item.idempotency?.bodyHash,
    ...fenceOf(item.by),
  }));
  const { rows } = await pool.query<TaskRow>({
    name: 'tasks-insert',
    text: INSERT,
    values: [JSON.stringify(input)],
  });
  const made = new Map(rows.map((row) => [row.id, toTask(row)]));
  return items.map((item) => made.get(item.id));
}
