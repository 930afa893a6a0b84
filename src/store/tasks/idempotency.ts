import type pg from 'pg';
import type { IdempotencyClaim } from './insert.ts';

/** What a key has created within 24 hours (its id; null while in progress), and the hash of that request's body. */
export async function readIdempotency(
  pool: pg.Pool,
  claim: IdempotencyClaim,
): Promise<{ resourceId: string | null; bodyHash: string } | undefined> {
  const { rows } = await pool.query<{ resource_id: string | null; body_hash: string }>({
    name: 'idempotency-read',
    text: `select resource_id, body_hash from idempotency_keys
      where actor_id = $1 and key = $2 and operation = $3 and created_at >= now() - interval '24 hours'`,
    values: [claim.actorId, claim.key, claim.operation],
  });
  const row = rows[0];
  return row && { resourceId: row.resource_id, bodyHash: row.body_hash };
}

/** Deletes keys older than 24 hours, at most a thousand; returns their number. */
export async function forgetOldKeys(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query(`delete from idempotency_keys where (actor_id, key, operation) in (
    select actor_id, key, operation from idempotency_keys where created_at < now() - interval '24 hours' limit 1000)`);
  return rowCount ?? 0;
}
