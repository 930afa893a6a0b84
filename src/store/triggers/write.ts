import type pg from 'pg';
import { invalid } from '../../core/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { CronTrigger, Trigger, TriggerBase, WebhookTrigger } from '../../domain/trigger.ts';
import { TRIGGER_COLUMNS, type TriggerRow, toTrigger } from './row.ts';

type MadeByTheTable = 'createdAt' | 'updatedAt' | 'pausedAt' | 'pausedBy' | 'pauseReason' | 'deletedAt';
/** A cron trigger about to be made. */
export type NewCronTrigger = Omit<CronTrigger, MadeByTheTable | 'checkState'>;
/** A webhook trigger about to be made. */
export type NewWebhookTrigger = Omit<WebhookTrigger, MadeByTheTable>;
export type NewTrigger = NewCronTrigger | NewWebhookTrigger;

type Pause = Pick<TriggerBase, 'pausedAt' | 'pausedBy' | 'pauseReason'>;

type Changeable = Pick<TriggerBase, 'name' | 'agent' | 'title' | 'description' | 'priority' | 'deletedAt'> &
  Pause &
  Omit<CronTrigger, keyof TriggerBase | 'kind'> &
  Omit<WebhookTrigger, keyof TriggerBase | 'kind'>;

/** What is changed of a trigger; what is not named, or undefined, stays. */
export type TriggerChange = { readonly [Field in keyof Changeable]?: Changeable[Field] | undefined };

const COLUMNS = {
  id: 'id',
  kind: 'kind',
  name: 'name',
  origin: 'origin',
  agent: 'agent',
  title: 'title',
  description: 'description',
  priority: 'priority',
  createdBy: 'created_by',
  actsFor: 'acts_for',
  pausedAt: 'paused_at',
  pausedBy: 'paused_by',
  pauseReason: 'pause_reason',
  deletedAt: 'deleted_at',
  cron: 'cron',
  timezone: 'timezone',
  overlap: 'overlap',
  misfire: 'misfire',
  misfireWindowSeconds: 'misfire_window_seconds',
  checkUrl: 'check_url',
  checkState: 'check_state',
  scannedUntil: 'scanned_until',
  nextDueAt: 'next_due_at',
  path: 'path',
  verify: 'verify',
  verifyHeader: 'verify_header',
  secrets: 'secrets',
  when: '"when"',
  dedupeSeconds: 'dedupe_seconds',
} as const satisfies Record<keyof NewCronTrigger | keyof NewWebhookTrigger | keyof TriggerChange, string>;

/** Serialises what must see every trigger at once: a new one (its limit), and the file's taking up. */
const TRIGGERS_LOCK = 72707371;
const UNIQUE_VIOLATION = '23505';

/** Runs `action` in a transaction, with the database's time at its beginning; rolled back when it throws. */
async function inTransaction<T>(
  pool: pg.Pool,
  action: (connection: pg.PoolClient, now: Date) => Promise<T>,
  lock?: string,
): Promise<T> {
  const connection = await pool.connect();
  let isBroken = false;
  try {
    await connection.query('begin');
    if (lock !== undefined) await connection.query(lock);
    // Not now(): the transaction may have waited for the lock, and what was written meanwhile is older than this.
    const { rows } = await connection.query<{ now: Date }>('select clock_timestamp()::timestamptz(3) as now');
    const given = await action(connection, rows[0]?.now ?? new Date());
    await connection.query('commit');
    return given;
  } catch (error) {
    await connection.query('rollback').catch(() => {
      isBroken = true;
    });
    throw asRefusal(error);
  } finally {
    connection.release(isBroken);
  }
}

function asRefusal(error: unknown): unknown {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  if (code !== UNIQUE_VIOLATION) return error;
  if (constraint === 'triggers_name') {
    return invalid([{ path: ['name'], message: 'another trigger has this name; choose one that is free' }]);
  }
  if (constraint === 'triggers_path') {
    return invalid([{ path: ['path'], message: 'another webhook has this path; choose one that is free' }]);
  }
  return error;
}

/** Runs `action` in a transaction that no other process runs at the same time, with the database's time. */
export function withTriggersLocked<T>(
  pool: pg.Pool,
  action: (connection: pg.PoolClient, now: Date) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, action, `select pg_advisory_xact_lock(${TRIGGERS_LOCK})`);
}

/**
 * Makes a trigger; `build` is given the database's time, for what a cron trigger starts from. Throws `VALIDATION` with
 * the path `name` or `path` when a live one has it, and when there are as many as may be.
 */
export function insertTrigger<New extends NewTrigger>(
  pool: pg.Pool,
  build: (now: Date) => New,
): Promise<Extract<Trigger, { kind: New['kind'] }>> {
  return withTriggersLocked(pool, async (connection, now) => {
    const trigger = build(now);
    if ((await countLiveTriggers(connection)) >= LIMITS.liveTriggers) {
      const message = `there are ${LIMITS.liveTriggers} triggers at most; delete one that is not needed`;
      throw invalid([{ path: [], message }]);
    }
    return (await insertTriggerRow(connection, trigger)) as Extract<Trigger, { kind: New['kind'] }>;
  });
}

/** How many live; certain only within `withTriggersLocked`. */
export async function countLiveTriggers(connection: pg.PoolClient): Promise<number> {
  const { rows } = await connection.query<{ live: number }>(
    'select count(*)::int as live from triggers where deleted_at is null',
  );
  return rows[0]?.live ?? 0;
}

/** The row of a new trigger; within a transaction of the caller's. Throws what `pg` does. */
export async function insertTriggerRow(connection: pg.PoolClient, trigger: NewTrigger): Promise<Trigger> {
  const { columns, values } = columnsOf(trigger);
  const places = values.map((_, index) => `$${index + 1}`);
  const { rows } = await connection.query<TriggerRow>(
    `insert into triggers as t (${columns.join(', ')}) values (${places.join(', ')}) returning ${TRIGGER_COLUMNS}`,
    values,
  );
  return made(rows);
}

/**
 * Changes a live trigger under its row's lock: `decide` is given it as it is and the database's time, and gives what
 * becomes of it, or throws. Undefined when there is none, or it is deleted. Throws `VALIDATION` for a name or path
 * that another has.
 */
export function changeTrigger(
  pool: pg.Pool,
  id: string,
  decide: (trigger: Trigger, now: Date) => TriggerChange,
): Promise<Trigger | undefined> {
  return inTransaction(pool, async (connection, now) => {
    const { rows } = await connection.query<TriggerRow>({
      name: 'triggers-lock',
      text: `select ${TRIGGER_COLUMNS} from triggers t where t.id = $1 and t.deleted_at is null for update`,
      values: [id],
    });
    const row = rows[0];
    if (!row) return undefined;
    const trigger = toTrigger(row);
    return updateTriggerRow(connection, trigger, decide(trigger, now));
  });
}

/** Writes a change; within a transaction of the caller's, who holds the row's lock. Throws what `pg` does. */
export async function updateTriggerRow(
  connection: pg.PoolClient,
  trigger: Trigger,
  change: TriggerChange,
): Promise<Trigger> {
  const { columns, values } = columnsOf(change);
  if (columns.length === 0) return trigger;
  const sets = columns.map((column, index) => `${column} = $${index + 2}`);
  const { rows } = await connection.query<TriggerRow>(
    `update triggers t set ${sets.join(', ')}, updated_at = clock_timestamp() where id = $1 returning ${TRIGGER_COLUMNS}`,
    [trigger.id, ...values],
  );
  return made(rows);
}

/** The live triggers of the file, and live others that have one of `names` or `paths`; locked. */
export async function lockFileTriggers(
  connection: pg.PoolClient,
  names: readonly string[],
  paths: readonly string[],
): Promise<Trigger[]> {
  const { rows } = await connection.query<TriggerRow>(
    `select ${TRIGGER_COLUMNS} from triggers t
      where t.deleted_at is null and (t.origin = 'file' or t.name = any ($1::text[]) or t.path = any ($2::text[]))
      order by t.id for update`,
    [names, paths],
  );
  return rows.map(toTrigger);
}

/** Takes the paths off webhooks that are about to get others, so that two may swap theirs; within a transaction. */
export async function releasePaths(connection: pg.PoolClient, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await connection.query('update triggers set path = null where id = any ($1::text[])', [ids]);
}

function columnsOf(fields: Partial<NewTrigger> | TriggerChange): { columns: string[]; values: unknown[] } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return {
    columns: given.map(([key]) => COLUMNS[key as keyof typeof COLUMNS]),
    values: given.map(([, value]) => (isPlainObject(value) ? JSON.stringify(value) : value)),
  };
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Date) && !Array.isArray(value);
}

function made(rows: readonly TriggerRow[]): Trigger {
  const row = rows[0];
  if (!row) throw new Error('The row of a trigger was not written.');
  return toTrigger(row);
}
