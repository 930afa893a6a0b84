import type pg from 'pg';
import type { NewIncoming } from './incoming.ts';

/** Limits for refused deliveries of a trigger, since their senders are unknown. */
export const REFUSED = { perMinute: 20, perDay: 500, bodyBytes: 64 * 1024 } as const;

/**
 * Above the limits, deliveries are only counted, in the reason of the last recorded one (`attempts` is the number). Two
 * at the same moment may both be recorded, and one that meets a concurrent count is not counted: many refused calls
 * must not wait for the same row, each with a connection.
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
      || '; ' || (d.attempts + 1) || ' more were refused after it and were only counted'
  from room where not room.is_left and d.id = (
    select l.id from deliveries l
    where l.id = (select id from recent order by created_at desc, id desc limit 1) for update skip locked
  )
)
select id from kept`;

/** Records a refused delivery, within the limits; returns its id, or undefined if it was only counted. */
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
