import type pg from 'pg';
import { CLAIM_SECONDS } from './incoming.ts';
import { INCOMING_COLUMNS, type IncomingRow, type RecordedDelivery, toRecorded } from './incoming-row.ts';

const CLAIM = `with mine as (
  select id from deliveries
  where verdict = 'received' and (claimed_until is null or claimed_until < now())
  order by created_at limit $1 for update skip locked
), d as (
  update deliveries d set claimed_until = now() + interval '${CLAIM_SECONDS} seconds' from mine where d.id = mine.id
  returning d.*
) select ${INCOMING_COLUMNS} from d order by d.created_at`;

/** Recorded deliveries whose process crashed before it decided them; each is claimed by only one process. */
export async function claimUndecided(pool: pg.Pool, limit: number): Promise<RecordedDelivery[]> {
  const { rows } = await pool.query<IncomingRow>({
    name: 'deliveries-claim-undecided',
    text: CLAIM,
    values: [limit],
  });
  return rows.map(toRecorded);
}
