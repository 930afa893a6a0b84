import type pg from 'pg';
import { LOST_LEASES_UNTIL_ALONE, LOST_LEASES_UNTIL_POISON } from '../../domain/limits.ts';
import type { Task } from '../../domain/task.ts';
import { COUNT_DELTAS } from './fragments.ts';
import { TASK_COLUMNS, type TaskRow, toTask } from './row.ts';

/**
 * The most tasks of one claim: larger claims would delay the first run until all rows are written. The statement
 * contains the number itself, because the planner assumes a tenth of the table for a limit that is a parameter, and
 * would read and sort all waiting tasks.
 */
export const MAX_CLAIM = 30;

export interface ClaimRequest {
  /** The agents this worker knows. */
  readonly agents: readonly string[];
  readonly workerId: string;
  readonly leaseMs: number;
  /** New ids for the runs: the limit of tasks, together with `MAX_CLAIM`. */
  readonly runIds: readonly string[];
  /** True: claims only a task that must run alone. False: only other tasks. */
  readonly alone: boolean;
}

export interface Claimed {
  readonly task: Task;
  /** False if the task has failed as poison in this claim, so that there is no run. */
  readonly runs: boolean;
}

/** Claimable on the database's clock; an expired lease does not count. */
const CLAIMABLE = `t.agent = any ($1::text[]) and t.status in ('pending', 'in_progress')
  and (t.lease_until is null or t.lease_until <= now()) and (t.not_before is null or t.not_before <= now())`;

/** Lost leases, including the current one if the task still has a lease: its worker did not release it. */
const LOST = `t.lost_leases + (t.lease_token is not null)::int`;
const POISONED = `(t.lease_token is not null and ${LOST} >= ${LOST_LEASES_UNTIL_POISON})`;
/** After so many lost leases it runs alone, so that only it can cause a crash of the worker. See decision 005. */
const MUST_RUN_ALONE = `(${LOST} >= ${LOST_LEASES_UNTIL_ALONE} and not ${POISONED})`;

const SYSTEM_ACTOR = `'{"kind": "system", "id": "errand", "name": "Errand"}'::jsonb`;

/**
 * Claims at most as many tasks as there are run ids, by priority and then age, skipping rows locked by other claims.
 * The same statement records expired leases as lost, fails a task after its third lost lease, opens runs, closes lost
 * ones, and appends the events.
 */
const claimSql = (which: string): string => `with candidate as materialized (
  select * from (
    select t.id, t.status, t.lease_token is not null as expired, t.run_id as lost_run, t.lease_owner as lost_worker,
      ${LOST} as lost, ${POISONED} as poisoned
    from tasks t where ${CLAIMABLE} and ${which}
    order by t.priority desc, t.created_at, t.id limit ${MAX_CLAIM} for no key update skip locked
  ) c limit cardinality($4::text[])
), numbered as materialized (
  select c.*, ($4::text[])[row_number() over ()] as new_run from candidate c
), t as (
  update tasks t set
    status = case when c.poisoned then 'failed' else 'in_progress' end::"TaskStatus",
    version = t.version + 1 + c.expired::int,
    lost_leases = c.lost,
    run_id = case when c.poisoned then t.run_id else c.new_run end,
    run_number = t.run_number + (not c.poisoned)::int,
    lease_owner = case when not c.poisoned then $2::text end,
    lease_token = case when not c.poisoned then nextval('lease_tokens') end,
    lease_until = case when not c.poisoned then now() + $3::float8 * interval '1 millisecond' end,
    error = case when c.poisoned then jsonb_build_object('code', 'poison', 'message',
      'Its worker died or lost its lease ' || c.lost || ' times in a row, the last time with no other task beside it.') end,
    started_at = coalesce(t.started_at, greatest(now(), t.updated_at)),
    updated_at = greatest(now(), t.updated_at),
    finished_at = case when c.poisoned then greatest(now(), t.updated_at) end
  from numbered c where t.id = c.id
  returning t.*, c.status as was, c.expired, c.lost_run, c.lost_worker, c.lost, c.poisoned
), opened as (
  insert into runs (id, task_id, number, agent, worker_id, token, started_at)
  select t.run_id, t.id, t.run_number, t.agent, $2::text, t.lease_token, t.updated_at from t where not t.poisoned
), closed as (
  update runs r set ended_at = t.updated_at, outcome = 'lease_lost' from t
  where t.expired and r.id = t.lost_run and r.ended_at is null
), event as (
  insert into task_events (task_id, seq, type, "from", "to", actor, run_id, reason, data, source, agent, at)
  select t.id, t.version - 1, 'run.lease_lost', null, null, ${SYSTEM_ACTOR}, t.lost_run, 'lease_expired',
    jsonb_build_object('run', t.run_number - (not t.poisoned)::int, 'worker', t.lost_worker, 'lostLeases', t.lost),
    t.source, t.agent, t.updated_at
  from t where t.expired
  union all
  select t.id, t.version, case when t.poisoned then 'task.failed' when t.was = 'pending' then 'task.started' else 'run.started' end,
    case when t.poisoned or t.was = 'pending' then t.was end,
    case when t.poisoned then 'failed' when t.was = 'pending' then 'in_progress' end::"TaskStatus",
    case when t.poisoned then ${SYSTEM_ACTOR} else jsonb_build_object('kind', 'agent', 'id', t.agent, 'name', t.agent) end,
    t.run_id, case when t.poisoned then 'poison' end,
    case when t.poisoned then t.error else jsonb_build_object('run', t.run_number, 'worker', $2::text) end,
    t.source, t.agent, t.updated_at
  from t
  order by 1, 2
), delta as (
  select t.was as status, t.source, t.agent, -1 as n from t where t.was <> t.status
  union all select t.status, t.source, t.agent, 1 from t where t.was <> t.status
), counted as (${COUNT_DELTAS})
select ${TASK_COLUMNS}, not t.poisoned as runs from t order by t.priority desc, t.created_at, t.id`;

const CLAIM_ANY = claimSql(`not ${MUST_RUN_ALONE}`);
const CLAIM_ALONE = claimSql(MUST_RUN_ALONE);

/** Claims tasks for a worker, each with its lease, whose token fences every later write. */
export async function claimTasks(pool: pg.Pool, request: ClaimRequest): Promise<Claimed[]> {
  const { rows } = await pool.query<TaskRow & { runs: boolean }>({
    name: request.alone ? 'tasks-claim-alone' : 'tasks-claim',
    text: request.alone ? CLAIM_ALONE : CLAIM_ANY,
    values: [request.agents, request.workerId, request.leaseMs, request.runIds],
  });
  return rows.map((row) => ({ task: toTask(row), runs: row.runs }));
}

const OF_RUNS = `select ${TASK_COLUMNS} from runs r join tasks t on t.id = r.task_id and t.run_id = r.id and t.lease_token = r.token
  where r.id = any ($1::text[]) and t.lease_until > now()`;

/** The tasks of a claim whose response was lost, by the run ids of its request; only those with a valid lease. */
export async function tasksOfRuns(pool: pg.Pool, runIds: readonly string[]): Promise<Task[]> {
  const { rows } = await pool.query<TaskRow>({ name: 'tasks-of-runs', text: OF_RUNS, values: [runIds] });
  return rows.map(toTask);
}

const SUSPECT = `select exists (
  select 1 from tasks t where t.lost_leases > 0 and ${CLAIMABLE} and ${MUST_RUN_ALONE}) as waits`;

/** True if a task that must run alone is waiting. */
export async function isSuspectWaiting(pool: pg.Pool, agents: readonly string[]): Promise<boolean> {
  const { rows } = await pool.query<{ waits: boolean }>({
    name: 'tasks-suspect',
    text: SUSPECT,
    values: [agents],
  });
  return rows[0]?.waits ?? false;
}
