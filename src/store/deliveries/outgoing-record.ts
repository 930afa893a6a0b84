import type pg from 'pg';
import type { DeliveryAttempt, OutgoingVerdict } from '../../domain/delivery.ts';

/** How one try went, and what follows from it. */
export interface OutgoingTry extends Pick<DeliveryAttempt, 'deliveryId' | 'status' | 'error' | 'response'> {
  /** As it was given with the claim. */
  readonly claim: string;
  readonly durationMs: number;
  /** False for a try that was stopped from here: it is on record, and is not held against the delivery. */
  readonly counts: boolean;
  /** In how long it is tried again; null: never. Of no meaning for one that was taken. */
  readonly retryInMs: number | null;
  /** Why it is given up, when it is. */
  readonly gaveUpFor: string | null;
}

/**
 * A try whose claim ran out is put on record and changes nothing else: another's try decides. A delivery that was
 * cancelled while it was tried stays so, unless it was taken.
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

/** Puts a try on record with what came of it, in one statement; gives the verdict, or undefined when the claim had run out. */
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
