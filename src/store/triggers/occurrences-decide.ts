import type pg from 'pg';
import { messageOf } from '../../core/errors.ts';
import type { CheckState, CronTrigger, Occurrence, OccurrenceOutcome } from '../../domain/trigger.ts';
import { OCCURRENCE_COLUMNS, type OccurrenceRow, toOccurrence } from './occurrence-row.ts';
import { TRIGGER_COLUMNS, type TriggerRow, toTrigger } from './row.ts';

/** An occurrence claimed by this process until `claimedUntil` (database's clock), which also identifies the claim. */
export interface ClaimedOccurrence {
  readonly occurrence: Occurrence;
  readonly trigger: CronTrigger;
  readonly claimedUntil: Date;
  /** A task of the trigger that is not final, unless overlap is `allow`. */
  readonly blockedBy: string | null;
  /** The database's time of the claim. */
  readonly claimedAt: Date;
}

/** A check takes longer than the statements of a decision, so its claim lasts longer. */
const CLAIM_SECONDS = `case when t.check_url is null then 15 else 30 end`;

/**
 * Occurrences that can be decided now. With overlap `skip` or `queue`, only the trigger's oldest open one, claimed or
 * not, so that decisions are made in order and each sees the task of the one before; a queued one only if no task is in
 * the way, or if its trigger was paused or deleted and it will be skipped. One that is decided to fire (`decided_at`
 * without an outcome: its process crashed) does not wait.
 */
const CLAIM = `with ready as materialized (
  select o.id, b.task_id as blocked_by from occurrences o join triggers t on t.id = o.trigger_id
  left join lateral (
    select k.id as task_id from tasks k
    where k.trigger_id = o.trigger_id and k.finished_at is null and t.overlap <> 'allow' and o.kind <> 'manual'
    order by k.created_at limit 1
  ) b on true
  where o.outcome is null and (o.claimed_until is null or o.claimed_until <= now()) and (
    o.kind = 'manual' or t.overlap = 'allow' or (
      not exists (select from occurrences e where e.trigger_id = o.trigger_id and e.outcome is null
        and e.kind <> 'manual' and e.due_at < o.due_at)
      and (t.overlap = 'skip' or b.task_id is null or o.decided_at is not null
        or t.paused_at is not null or t.deleted_at is not null)))
  order by o.due_at, o.id limit $1 for update of o skip locked
)
update occurrences o set claimed_until = now() + ${CLAIM_SECONDS} * interval '1 second'
from ready r, triggers t where o.id = r.id and t.id = o.trigger_id
returning ${OCCURRENCE_COLUMNS}, ${TRIGGER_COLUMNS}, o.claimed_until, r.blocked_by, now() as claimed_at`;

type ClaimRow = OccurrenceRow &
  TriggerRow & { claimed_until: Date; blocked_by: string | null; claimed_at: Date };

function toClaimed(row: ClaimRow): ClaimedOccurrence {
  const trigger = toTrigger(row);
  if (trigger.kind !== 'cron') throw new Error(`${trigger.id} is not a cron trigger`);
  return {
    occurrence: toOccurrence(row),
    trigger,
    claimedUntil: row.claimed_until,
    blockedBy: row.blocked_by,
    claimedAt: row.claimed_at,
  };
}

/** A claim whose trigger's row is invalid. */
export type UnreadableClaim = Pick<ClaimedOccurrence, 'occurrence' | 'claimedUntil'> & {
  readonly trouble: string;
};

/** Claims up to `limit` occurrences that can be decided now, oldest first, without those of other processes. */
export async function claimOccurrences(
  pool: pg.Pool,
  limit: number,
): Promise<{ claimed: ClaimedOccurrence[]; unreadable: UnreadableClaim[] }> {
  const { rows } = await pool.query<ClaimRow>({ name: 'occurrences-claim', text: CLAIM, values: [limit] });
  const claimed: ClaimedOccurrence[] = [];
  const unreadable: UnreadableClaim[] = [];
  for (const row of rows) {
    try {
      claimed.push(toClaimed(row));
    } catch (error) {
      // One invalid row must not prevent the decision of the others.
      const trouble = messageOf(error);
      unreadable.push({ occurrence: toOccurrence(row), claimedUntil: row.claimed_until, trouble });
    }
  }
  return { claimed, unreadable };
}

const ADD_MANUAL = `with o as (
  insert into occurrences (id, trigger_id, due_at, kind, fired_by, task_id, reason, claimed_until, created_at)
  select $2, t.id, m.at, 'manual', $3::jsonb, $4, $5, now() + interval '15 seconds', now()
  from triggers t cross join lateral (
    select date_trunc('milliseconds', now()) + $6::int * interval '1 millisecond' as now
  ) c cross join lateral (
    select c.now + (date_trunc('second', c.now) = c.now)::int * interval '1 millisecond' as at
  ) m
  where t.id = $1 and t.kind = 'cron' and t.deleted_at is null
  on conflict (trigger_id, due_at) do nothing
  returning *
)
select ${OCCURRENCE_COLUMNS}, ${TRIGGER_COLUMNS}, o.claimed_until, null as blocked_by, now() as claimed_at
from o join triggers t on t.id = o.trigger_id`;

/**
 * Records a manual occurrence, claimed by this process. Its due time is the database's now, but never a whole second,
 * which belongs to the schedule, plus `laterMs` if another occurrence has that millisecond: in that case, and if there
 * is no such cron trigger, it returns undefined.
 */
export async function addManual(
  pool: pg.Pool,
  manual: Pick<Occurrence, 'id' | 'triggerId' | 'taskId' | 'firedBy' | 'reason'>,
  laterMs: number,
): Promise<ClaimedOccurrence | undefined> {
  const { rows } = await pool.query<ClaimRow>({
    name: 'occurrences-manual',
    text: ADD_MANUAL,
    values: [
      manual.triggerId,
      manual.id,
      JSON.stringify(manual.firedBy),
      manual.taskId,
      manual.reason,
      laterMs,
    ],
  });
  return rows[0] && toClaimed(rows[0]);
}

const COMMIT = `with o as (
  update occurrences o set decided_at = now()
  where o.id = $1 and o.outcome is null and o.claimed_until = $2 returning o.trigger_id
), remembered as (
  update triggers t set check_state = $3::jsonb from o where t.id = o.trigger_id and $3::jsonb is not null and t.check_url = $4
)
select exists (select from o) as ours`;

/**
 * Decides that the task is created: from here on, the process that claims the occurrence creates it, whatever happens
 * to the trigger. The check's result is stored in the same statement, so that a crash in between neither loses the
 * change nor creates two tasks for it. False if the claim was lost: then nothing was decided.
 */
export async function commitToFire(
  pool: pg.Pool,
  { occurrence, trigger, claimedUntil }: ClaimedOccurrence,
  checkState: CheckState | null,
): Promise<boolean> {
  const { rows } = await pool.query<{ ours: boolean }>({
    name: 'occurrences-commit',
    text: COMMIT,
    values: [
      occurrence.id,
      claimedUntil,
      checkState === null ? null : JSON.stringify(checkState),
      trigger.checkUrl,
    ],
  });
  return rows[0]?.ours ?? false;
}

const CLOSE = `update occurrences o set outcome = $3, reason = coalesce($4, o.reason),
    decided_at = coalesce(o.decided_at, now()), claimed_until = null
  where o.id = $1 and o.outcome is null and (o.claimed_until = $2 or $3 = 'fired') returning ${OCCURRENCE_COLUMNS}`;

/**
 * Stores the outcome; undefined if the claim was lost, and another process stores it. `fired` is stored even without
 * the claim, since the task exists.
 */
export async function closeOccurrence(
  pool: pg.Pool,
  { occurrence, claimedUntil }: Pick<ClaimedOccurrence, 'occurrence' | 'claimedUntil'>,
  outcome: OccurrenceOutcome,
  reason: string | null,
): Promise<Occurrence | undefined> {
  const { rows } = await pool.query<OccurrenceRow>({
    name: 'occurrences-close',
    text: CLOSE,
    values: [occurrence.id, claimedUntil, outcome, reason],
  });
  return rows[0] && toOccurrence(rows[0]);
}

/** Releases a claim without a decision. */
export async function releaseOccurrence(
  pool: pg.Pool,
  { occurrence, claimedUntil }: Pick<ClaimedOccurrence, 'occurrence' | 'claimedUntil'>,
): Promise<void> {
  await pool.query({
    name: 'occurrences-release',
    text: `update occurrences o set claimed_until = null where o.id = $1 and o.outcome is null and o.claimed_until = $2`,
    values: [occurrence.id, claimedUntil],
  });
}

/** One occurrence, or undefined. */
export async function readOccurrence(pool: pg.Pool, id: string): Promise<Occurrence | undefined> {
  const { rows } = await pool.query<OccurrenceRow>({
    name: 'occurrence-by-id',
    text: `select ${OCCURRENCE_COLUMNS} from occurrences o where o.id = $1`,
    values: [id],
  });
  return rows[0] && toOccurrence(rows[0]);
}

/** True for a cron trigger that is not deleted. */
export async function isLiveCron(pool: pg.Pool, triggerId: string): Promise<boolean> {
  const { rows } = await pool.query(
    `select from triggers where id = $1 and kind = 'cron' and deleted_at is null`,
    [triggerId],
  );
  return rows.length > 0;
}
