import type pg from 'pg';
import type { OutgoingDelivery } from '../../domain/delivery.ts';
import { OUTGOING_COLUMNS, type OutgoingRow, toOutgoing } from './outgoing-row.ts';

/** A delivery that is to be tried now, by whoever claimed it, until the claim runs out. */
export interface ClaimedDelivery {
  readonly delivery: OutgoingDelivery;
  readonly url: string;
  readonly secrets: readonly string[];
  /** The database's clock at the claim. */
  readonly now: Date;
  /** What the claim is told apart by: its end, as the database has it. */
  readonly claim: string;
}

interface ClaimedRow extends OutgoingRow {
  url: string;
  secrets: string[];
  now: Date;
  claim: string;
}

const FREE = `d.direction = 'out' and d.verdict = 'pending' and (d.claimed_until is null or d.claimed_until <= now())`;

/** A short walk along each endpoint's own part of `deliveries_due`: however much waits for one, the others are reached. */
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
  /** How many tries to each endpoint are under way here already. */
  readonly busy: ReadonlyMap<string, number>;
  readonly perEndpoint: number;
  readonly claimMs: number;
}

/** Takes what is due, at most so many for each endpoint; nobody else takes them until the claim runs out. */
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
 * In how many milliseconds the next delivery becomes due, less than zero when one is; undefined when none waits.
 * Endpoints in `except` are not looked at.
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
