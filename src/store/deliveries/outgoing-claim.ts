import type pg from 'pg';
import type { OutgoingDelivery } from '../../domain/delivery.ts';
import { OUTGOING_COLUMNS, type OutgoingRow, toOutgoing } from './outgoing-row.ts';

/** A delivery to be sent now by the process that claimed it, until the claim expires. */
export interface ClaimedDelivery {
  readonly delivery: OutgoingDelivery;
  readonly url: string;
  readonly secrets: readonly string[];
  /** The database's clock at the claim. */
  readonly now: Date;
  /** Identifies the claim: its expiry, in the database's format. */
  readonly claim: string;
}

interface ClaimedRow extends OutgoingRow {
  url: string;
  secrets: string[];
  now: Date;
  claim: string;
}

const FREE = `d.direction = 'out' and d.verdict = 'pending' and (d.claimed_until is null or d.claimed_until <= now())`;

/** A short index range scan per endpoint (`deliveries_due`), so that a long queue of one does not delay the others. */
const CLAIM = `with due as (
    select d.id, w.url, w.secrets
    from webhook_endpoints w
    left join unnest($1::text[], $2::int[]) as busy (id, count) on busy.id = w.id
    cross join lateral (
      select d.id from deliveries d where d.endpoint_id = w.id and ${FREE} and d.next_attempt_at <= now()
      order by d.next_attempt_at, d.id limit greatest(0, $3::int - coalesce(busy.count, 0)) for update skip locked
    ) d
    where w.deleted_at is null and w.disabled_at is null
  ) update deliveries d set claimed_until = now() + $4::float8 * interval '1 millisecond' from due
    where d.id = due.id
    returning ${OUTGOING_COLUMNS}, due.url, due.secrets, now() as now, d.claimed_until::text as claim`;

export interface ClaimRequest {
  /** Current attempts of this process, per endpoint. */
  readonly busy: ReadonlyMap<string, number>;
  readonly perEndpoint: number;
  readonly claimMs: number;
}

/** Claims due deliveries, at most `perEndpoint` for each endpoint, for `claimMs`. */
export async function claimOutgoing(pool: pg.Pool, request: ClaimRequest): Promise<ClaimedDelivery[]> {
  const { rows } = await pool.query<ClaimedRow>({
    name: 'deliveries-claim',
    text: CLAIM,
    values: [[...request.busy.keys()], [...request.busy.values()], request.perEndpoint, request.claimMs],
  });
  return rows.map((row) => ({
    delivery: toOutgoing(row),
    url: row.url,
    secrets: row.secrets,
    now: row.now,
    claim: row.claim,
  }));
}

/**
 * Milliseconds until the next delivery is due, negative if it is overdue; undefined if none is pending.
 * Endpoints in `except` are ignored.
 */
export async function nextDueMs(pool: pg.Pool, except: readonly string[]): Promise<number | undefined> {
  const { rows } = await pool.query<{ due_ms: number | null }>({
    name: 'deliveries-next-due',
    text: `select extract(epoch from min(next.at) - now())::float8 * 1000 as due_ms from webhook_endpoints w
      cross join lateral (
        select d.next_attempt_at as at from deliveries d where d.endpoint_id = w.id and ${FREE}
        order by d.next_attempt_at limit 1
      ) next where w.deleted_at is null and w.disabled_at is null and w.id <> all ($1::text[])`,
    values: [except],
  });
  return rows[0]?.due_ms ?? undefined;
}
