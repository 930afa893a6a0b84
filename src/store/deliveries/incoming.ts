import type pg from 'pg';
import type { Actor } from '../../domain/actor.ts';
import type { IncomingVerdict } from '../../domain/delivery.ts';
import { LIMITS } from '../../domain/limits.ts';
import { inTransaction } from '../transaction.ts';
import { INCOMING_COLUMNS, type IncomingRow, type RecordedDelivery, toRecorded } from './incoming-row.ts';

/** A delivery to be recorded; the process that records it has it claimed for `CLAIM_SECONDS`. */
export interface NewIncoming {
  readonly id: string;
  readonly triggerId: string;
  readonly key: string | null;
  readonly bodyHash: string;
  /** Redacted. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Assigned before the task exists; the task of this delivery gets this id. */
  readonly taskId: string;
  /** Text for the reason that applies to every verdict. */
  readonly note: string | null;
}

/** For a delivery that a person makes, from an earlier one or from a sample. */
export interface ByHand {
  readonly redeliveryOf: string | null;
  readonly redeliveredBy: Actor;
}

const UNIQUE_VIOLATION = '23505';

/** After this time another process may decide a delivery whose process crashed. */
export const CLAIM_SECONDS = 10;

const COUNTS = `d.direction = 'in' and d.trigger_id = $2 and d.duplicate_of is null and d.redelivered_by is null
  and d.verdict not in ('refused', 'failed')`;
const FIRST_BY_KEY = `select d.id, d.task_id from deliveries d where ${COUNTS} and d.key = $3 limit 1`;
/** The window starts at the first delivery; `clock_timestamp()`, since the transaction may have waited for its lock. */
const FIRST_BY_BODY = `select d.id, d.task_id from deliveries d where ${COUNTS} and d.key is null and d.body_hash = $4
  and d.created_at > clock_timestamp() - $10 * interval '1 second' order by d.created_at limit 1`;

const insert = (first: string): string => `with first as (${first}), d as (
  insert into deliveries (id, direction, trigger_id, key, body_hash, headers, query, body, reason, task_id,
    verdict, duplicate_of, decided_at, claimed_until)
  select $1, 'in', $2, $3, $4, $5::jsonb, $6::jsonb, $7::bytea, $8, coalesce(f.task_id, $9),
    case when f.id is null then 'received' else 'duplicate' end, f.id,
    case when f.id is not null then now() end,
    case when f.id is null then clock_timestamp() + interval '${CLAIM_SECONDS} seconds' end
  from (select 1) one left join first f on true
  returning *
) select ${INCOMING_COLUMNS} from d`;

function valuesOf(item: NewIncoming): unknown[] {
  return [
    item.id,
    item.triggerId,
    item.key,
    item.bodyHash,
    JSON.stringify(item.headers),
    JSON.stringify(item.query),
    item.body,
    item.note,
    item.taskId,
  ];
}

/**
 * Records a delivery: as `received`, or at once as `duplicate` of the first with its key (without a key: with its body,
 * within `dedupeSeconds`; 0: never). Concurrent copies are serialised by a lock, each in a statement that sees the rows
 * of the one before, so that exactly one of them is the first.
 */
export async function recordIncoming(
  pool: pg.Pool,
  item: NewIncoming,
  dedupeSeconds: number,
): Promise<RecordedDelivery> {
  const by = item.key === null ? 'body' : 'key';
  const statement =
    by === 'key'
      ? { name: 'deliveries-record-by-key', text: insert(FIRST_BY_KEY), values: valuesOf(item) }
      : {
          name: 'deliveries-record-by-body',
          text: insert(FIRST_BY_BODY),
          values: [...valuesOf(item), dedupeSeconds],
        };
  return inTurn(pool, `delivery ${item.triggerId} ${by} ${item.key ?? item.bodyHash}`, async (client) => {
    const { rows } = await client.query<IncomingRow>(statement);
    return theOne(rows);
  });
}

function inTurn<T>(pool: pg.Pool, lock: string, action: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query({
      name: 'deliveries-lock',
      text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [lock],
    });
    return action(client);
  });
}

const BY_HAND = `with d as (
  insert into deliveries (id, direction, trigger_id, key, body_hash, headers, query, body, reason, task_id, verdict,
    claimed_until, redelivery_of, redelivered_by)
  values ($1, 'in', $2, $3, $4, $5, $6, $7, $8, $9, 'received', now() + interval '${CLAIM_SECONDS} seconds', $10, $11)
  returning *
) select ${INCOMING_COLUMNS} from d`;

/** Records a delivery that a person made: it is no duplicate and causes none. */
export async function recordByHand(pool: pg.Pool, item: NewIncoming, by: ByHand): Promise<RecordedDelivery> {
  const { rows } = await pool.query<IncomingRow>({
    name: 'deliveries-record-by-hand',
    text: BY_HAND,
    values: [...valuesOf(item), by.redeliveryOf, JSON.stringify(by.redeliveredBy)],
  });
  return theOne(rows);
}

export interface Decision {
  readonly verdict: Extract<IncomingVerdict, 'accepted' | 'filtered' | 'failed'>;
  readonly reason: string | null;
}

/** A task that was created makes the verdict `accepted`, whatever another process decided meanwhile. */
const DECIDE = `update deliveries d set verdict = $2, decided_at = now(), claimed_until = null,
  reason = nullif(concat_ws('; ', case when d.verdict = 'received' then d.reason end, $3::text), '')
  where d.id = $1 and (d.verdict = 'received' or ($2 = 'accepted' and d.verdict in ('filtered', 'failed')))`;

/** Compare and set; returns the delivery as stored, by this or another decision. */
export async function decideIncoming(
  pool: pg.Pool,
  id: string,
  decision: Decision,
): Promise<RecordedDelivery> {
  try {
    await pool.query({
      name: 'deliveries-decide',
      text: DECIDE,
      values: [id, decision.verdict, decision.reason && storable(decision.reason)],
    });
  } catch (error) {
    // The delivery had failed and the sender's retry now has its key: the verdict stays.
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
  }
  return theOne(await readRows(pool, id));
}

/** A reason may quote the sender's text: limits its length, and removes what the database cannot store. */
function storable(reason: string): string {
  return reason.replaceAll('\u0000', '').slice(0, LIMITS.reasonCharacters).toWellFormed();
}

/** An incoming delivery; undefined if it is missing. */
export async function readIncoming(pool: pg.Pool, id: string): Promise<RecordedDelivery | undefined> {
  const row = (await readRows(pool, id))[0];
  return row && toRecorded(row);
}

async function readRows(pool: pg.Pool, id: string): Promise<IncomingRow[]> {
  const { rows } = await pool.query<IncomingRow>({
    name: 'deliveries-read-incoming',
    text: `select ${INCOMING_COLUMNS} from deliveries d where d.id = $1 and d.direction = 'in'`,
    values: [id],
  });
  return rows;
}

/** Only the verdict, for a process that waits for it. */
export async function readVerdict(
  pool: pg.Pool,
  id: string,
): Promise<{ verdict: IncomingVerdict; taskId: string } | undefined> {
  const { rows } = await pool.query<{ verdict: IncomingVerdict; task_id: string }>({
    name: 'deliveries-verdict',
    text: "select verdict, task_id from deliveries where id = $1 and direction = 'in'",
    values: [id],
  });
  const row = rows[0];
  return row && { verdict: row.verdict, taskId: row.task_id };
}

function theOne(rows: IncomingRow[]): RecordedDelivery {
  const row = rows[0];
  if (!row) throw new Error('the row of a delivery was not written');
  return toRecorded(row);
}
