import type pg from 'pg';
import { invalid } from '../../core/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { CronTrigger, Trigger, TriggerBase, WebhookTrigger } from '../../domain/trigger.ts';
import { TRIGGER_COLUMNS, type TriggerRow, toTrigger } from './row.ts';

type Generated = 'createdAt' | 'updatedAt' | 'pausedAt' | 'pausedBy' | 'pauseReason' | 'deletedAt';
/** A cron trigger to be created. */
type NewCronTrigger = Omit<CronTrigger, Generated | 'checkState'>;
/** A webhook trigger to be created. */
type NewWebhookTrigger = Omit<WebhookTrigger, Generated>;
export type NewTrigger = NewCronTrigger | NewWebhookTrigger;

type Pause = Pick<TriggerBase, 'pausedAt' | 'pausedBy' | 'pauseReason'>;

type Changeable = Pick<TriggerBase, 'name' | 'agent' | 'title' | 'description' | 'priority' | 'deletedAt'> &
  Pause &
  Omit<CronTrigger, keyof TriggerBase | 'kind'> &
  Omit<WebhookTrigger, keyof TriggerBase | 'kind'>;

/** The fields to change; absent and undefined fields stay. */
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

/** Serialises the steps that depend on all triggers: an insert (its limit), and the update from the file. */
const TRIGGERS_LOCK = 72707371;
const UNIQUE_VIOLATION = '23505';

/** Runs `action` in a transaction, with the database's time at its start; rolled back if it throws. */
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
    // Not now(): the transaction may have waited for the lock, and rows written meanwhile must be older than this time.
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
    return invalid([{ path: ['name'], message: 'is in use by another trigger; choose another name' }]);
  }
  if (constraint === 'triggers_path') {
    return invalid([{ path: ['path'], message: 'is in use by another webhook; choose another path' }]);
  }
  return error;
}

/** Runs `action` in a transaction under a lock, so that one process runs it at a time; with the database's time. */
export function withTriggersLocked<T>(
  pool: pg.Pool,
  action: (connection: pg.PoolClient, now: Date) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, action, `select pg_advisory_xact_lock(${TRIGGERS_LOCK})`);
}

/**
 * Creates a trigger; `build` gets the database's time, from which a cron trigger is due. Throws `VALIDATION` at `name`
 * or `path` if another trigger has it, and if the maximum number of triggers is reached.
 */
export function insertTrigger<New extends NewTrigger>(
  pool: pg.Pool,
  build: (now: Date) => New,
): Promise<Extract<Trigger, { kind: New['kind'] }>> {
  return withTriggersLocked(pool, async (connection, now) => {
    const trigger = build(now);
    if ((await countLiveTriggers(connection)) >= LIMITS.liveTriggers) {
      const message = `the maximum of ${LIMITS.liveTriggers} triggers is reached; delete one first`;
      throw invalid([{ path: [], message }]);
    }
    return (await insertTriggerRow(connection, trigger)) as Extract<Trigger, { kind: New['kind'] }>;
  });
}

/** The number of triggers that are not deleted; reliable only within `withTriggersLocked`. */
export async function countLiveTriggers(connection: pg.PoolClient): Promise<number> {
  const { rows } = await connection.query<{ live: number }>(
    'select count(*)::int as live from triggers where deleted_at is null',
  );
  return rows[0]?.live ?? 0;
}

/** Inserts the row of a new trigger, within the caller's transaction. Passes on the errors of `pg`. */
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
 * Changes a trigger under its row lock: `decide` gets its current state and the database's time, and returns the change
 * or throws. Undefined if the trigger is missing or deleted. Throws `VALIDATION` for a name or path of another trigger.
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

/** Writes a change, within the caller's transaction, which holds the row lock. Passes on the errors of `pg`. */
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

/** The file's triggers, and other triggers with one of `names` or `paths`, none deleted; locked. */
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

/** Removes the paths of webhooks before they get new ones, so that two can swap them; within a transaction. */
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
