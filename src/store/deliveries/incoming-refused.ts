import type pg from 'pg';
import type { NewIncoming } from './incoming.ts';

/** What strangers may write: so many a trigger, and of each body so much. */
export const REFUSED = { perMinute: 20, perDay: 500, bodyBytes: 64 * 1024 } as const;

/**
 * One too many is counted in the reason of the last one kept (`attempts` holds the number). Two at the same moment may
 * both be kept, and one that meets another's count is not counted: a flood must not queue for one row, with a connection
 * each.
 */
const REFUSE = `with recent as materialized (
  select id, created_at from deliveries
  where trigger_id = $2 and verdict = 'refused' and created_at > now() - interval '1 day'
  order by created_at desc limit ${REFUSED.perDay}
), room as (
  select count(*) < ${REFUSED.perDay}
    and count(*) filter (where created_at > now() - interval '1 minute') < ${REFUSED.perMinute} as is_left
  from recent
), kept as (
  insert into deliveries (id, direction, trigger_id, key, body_hash, headers, query, body, reason, task_id, verdict, decided_at)
  select $1, 'in', $2, $3, $4, $5::jsonb, $6::jsonb, $7::bytea, $8, $9, 'refused', now() from room where is_left
  returning id
), counted as (
  update deliveries d set attempts = d.attempts + 1,
    reason = regexp_replace(d.reason, '; [0-9]+ more were refused.*$', '')
      || '; ' || (d.attempts + 1) || ' more were refused after it and are not on record'
  from room where not room.is_left and d.id = (
    select l.id from deliveries l
    where l.id = (select id from recent order by created_at desc, id desc limit 1) for update skip locked
  )
)
select id from kept`;

/** Puts a refused delivery on record, within bounds; gives its id, or undefined when it was only counted. */
export async function recordRefused(pool: pg.Pool, item: NewIncoming): Promise<string | undefined> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'deliveries-refuse',
    text: REFUSE,
    values: [
      item.id,
      item.triggerId,
      item.key,
      item.bodyHash,
      JSON.stringify(item.headers),
      JSON.stringify(item.query),
      item.body.subarray(0, REFUSED.bodyBytes),
      item.note,
      item.taskId,
    ],
  });
  return rows[0]?.id;
}
