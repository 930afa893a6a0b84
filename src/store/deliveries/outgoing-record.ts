import type pg from 'pg';
import type { DeliveryAttempt, OutgoingVerdict } from '../../domain/delivery.ts';

/** The result of one attempt, and what follows from it. */
export interface OutgoingTry extends Pick<DeliveryAttempt, 'deliveryId' | 'status' | 'error' | 'response'> {
  /** From the claimed delivery. */
  readonly claim: string;
  readonly durationMs: number;
  /** False for an attempt that this process aborted: it is recorded, but not counted. */
  readonly counts: boolean;
  /** Delay until the next attempt; null: none. Ignored after a success. */
  readonly retryInMs: number | null;
  /** Why no more attempts are made, if that is decided. */
  readonly gaveUpFor: string | null;
}

/**
 * An attempt whose claim expired is recorded and changes nothing else: the attempt of the new claim decides. A delivery
 * that was cancelled during the attempt stays cancelled, unless the receiver accepted it.
 */
const RECORD = `with held as (
    select d.id, d.verdict, d.claimed_until is not distinct from $2::timestamptz as is_ours
    from deliveries d where d.id = $1 for update
  ), attempt as (
    insert into delivery_attempts (delivery_id, number, at, duration_ms, status, error, response)
    select held.id, coalesce((select max(a.number) from delivery_attempts a where a.delivery_id = held.id), 0) + 1,
      clock_timestamp() - $3::int * interval '1 millisecond', $3::int, $4::int, $5, $6 from held
  ), next as (
    select held.id, case when $5::text is null then 'delivered' when held.verdict <> 'pending' then held.verdict
      when $8::float8 is null then 'failed' else 'pending' end as verdict, held.verdict as before
    from held where held.is_ours
  ) update deliveries d set
      claimed_until = null,
      attempts = d.attempts + $7::int,
      verdict = next.verdict,
      reason = case next.verdict when 'delivered' then null when 'failed' then $9 else d.reason end,
      decided_at = case when next.verdict = 'pending' then null when next.verdict = next.before then d.decided_at else now() end,
      next_attempt_at = case next.verdict when 'pending' then now() + $8::float8 * interval '1 millisecond' end
    from next where d.id = next.id
    returning d.verdict`;

/** Records an attempt and its result in one statement; returns the verdict, or undefined if the claim had expired. */
export async function recordTry(pool: pg.Pool, made: OutgoingTry): Promise<OutgoingVerdict | undefined> {
  const { rows } = await pool.query<{ verdict: OutgoingVerdict }>({
    name: 'delivery-record',
    text: RECORD,
    values: [
      made.deliveryId,
      made.claim,
      Math.round(made.durationMs),
      made.status,
      made.error,
      made.response,
      made.counts ? 1 : 0,
      made.retryInMs,
      made.gaveUpFor,
    ],
  });
  return rows[0]?.verdict;
}
