import type pg from 'pg';
import { messageOf } from '../../core/errors.ts';
import { SYSTEM } from '../../domain/actor.ts';
import type { CronTrigger, OccurrenceKind } from '../../domain/trigger.ts';
import { TRIGGER_COLUMNS, type TriggerRow, toTrigger } from './row.ts';

/** A trigger that is due now or within the given time. */
export interface NearTrigger {
  readonly id: string;
  /** Undefined for an invalid row; `trouble` has the reason. */
  readonly trigger: CronTrigger | undefined;
  readonly trouble: string | undefined;
  readonly nextDueAt: Date;
  /** The database's time of the read. */
  readonly readAt: Date;
}

const LIVE = `t.kind = 'cron' and t.deleted_at is null and t.paused_at is null`;

const NEAR = `select ${TRIGGER_COLUMNS}, now() as read_at from triggers t
  where ${LIVE} and t.next_due_at <= now() + $1::float8 * interval '1 millisecond' order by t.next_due_at limit $2`;

/** Active cron triggers that are due within `aheadMs` from now, the longest due first. */
export async function nearTriggers(pool: pg.Pool, aheadMs: number, limit: number): Promise<NearTrigger[]> {
  const { rows } = await pool.query<TriggerRow & { next_due_at: Date; read_at: Date }>({
    name: 'triggers-near',
    text: NEAR,
    values: [aheadMs, limit],
  });
  return rows.map((row) => {
    const shared = { id: row.id, nextDueAt: row.next_due_at, readAt: row.read_at };
    try {
      const trigger = toTrigger(row);
      if (trigger.kind !== 'cron') throw new Error('it is not a cron trigger');
      return { ...shared, trigger, trouble: undefined };
    } catch (error) {
      // One invalid row must not prevent the reading of the others.
      return { ...shared, trigger: undefined, trouble: messageOf(error) };
    }
  });
}

const UPCOMING = `select t.id, t.next_due_at from triggers t
  where ${LIVE} and t.next_due_at <= now() + $1::float8 * interval '1 millisecond' order by t.next_due_at limit $2`;

/** The next due times of active cron triggers, within `aheadMs`. */
export async function upcomingTriggers(
  pool: pg.Pool,
  aheadMs: number,
  limit: number,
): Promise<{ readonly id: string; readonly nextDueAt: Date }[]> {
  const { rows } = await pool.query<{ id: string; next_due_at: Date }>({
    name: 'triggers-upcoming',
    text: UPCOMING,
    values: [aheadMs, limit],
  });
  return rows.map((row) => ({ id: row.id, nextDueAt: row.next_due_at }));
}

/** A due time to be recorded; with a reason if it is already decided to be skipped. */
export interface NewOccurrence {
  readonly id: string;
  readonly taskId: string;
  readonly dueAt: Date;
  readonly kind: Exclude<OccurrenceKind, 'manual'>;
  readonly skippedFor: string | null;
}

export interface Scan {
  /** The trigger as it was read: nothing is recorded if it was scanned, changed, paused or deleted meanwhile. */
  readonly trigger: CronTrigger;
  readonly scannedUntil: Date;
  readonly nextDueAt: Date | null;
  readonly occurrences: readonly NewOccurrence[];
  /** With overlap `queue`: the maximum of waiting occurrences; further ones are skipped. */
  readonly queueLimit: number;
}

/**
 * One statement: of concurrent scans only one advances `scanned_until`, and its occurrences are recorded together with
 * it or not at all. A due time that is already recorded (the schedule was changed and meets it again) stays as it is.
 */
const RECORD = `with t as (
  update triggers t set scanned_until = $3, next_due_at = $4
  where t.id = $1 and t.scanned_until = $2 and t.cron = $5 and t.timezone = $6 and ${LIVE}
  returning t.id, t.overlap
), found as materialized (
  select i.*, count(*) filter (where i.skipped_for is null) over (order by i.due_at) as nth
  from jsonb_to_recordset($7::jsonb) as i (id text, task_id text, due_at timestamptz, kind text, skipped_for text)
), waiting as materialized (
  select count(*) as n from occurrences o where o.trigger_id = $1 and o.outcome is null and o.kind <> 'manual'
), judged as (
  select f.*, t.id as trigger_id, coalesce(f.skipped_for,
    case when t.overlap = 'queue' and w.n + f.nth > $8::int then 'overlap: ' || $8::int || ' are waiting already' end) as why
  from t cross join found f cross join waiting w
), made as (
  insert into occurrences (id, trigger_id, due_at, kind, task_id, outcome, reason, created_at, decided_at)
  select id, trigger_id, due_at, kind, task_id, case when why is not null then 'skipped' end, why, now(),
    case when why is not null then now() end
  from judged order by due_at
  on conflict (trigger_id, due_at) do nothing
  returning outcome
)
select exists (select from t) as won, count(*) filter (where outcome is null)::int as open from made`;

/** Returns the number of undecided occurrences that it recorded, or undefined if another process was faster. */
export async function recordScan(pool: pg.Pool, scan: Scan): Promise<number | undefined> {
  const { trigger } = scan;
  const found = scan.occurrences.map(({ id, taskId, dueAt, kind, skippedFor }) => ({
    id,
    task_id: taskId,
    due_at: dueAt,
    kind,
    skipped_for: skippedFor,
  }));
  const { rows } = await pool.query<{ won: boolean; open: number }>({
    name: 'occurrences-scan',
    text: RECORD,
    values: [
      trigger.id,
      trigger.scannedUntil,
      scan.scannedUntil,
      scan.nextDueAt,
      trigger.cron,
      trigger.timezone,
      JSON.stringify(found),
      scan.queueLimit,
    ],
  });
  return rows[0]?.won ? rows[0].open : undefined;
}

/** Pauses a trigger whose schedule is no longer valid, with the reason for users. */
export async function pauseUnreadable(pool: pg.Pool, id: string, reason: string): Promise<void> {
  await pool.query(
    `update triggers t set paused_at = now(), paused_by = $2::jsonb, pause_reason = $3, updated_at = now()
     where t.id = $1 and ${LIVE}`,
    [id, JSON.stringify(SYSTEM), reason],
  );
}
