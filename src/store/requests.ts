import type pg from 'pg';
import type { IdempotencyClaim } from './tasks/insert.ts';

/** After this time another process may take over an unfinished request; no statement takes as long (decision 022). */
const TAKE_OVER_AFTER = "interval '60 seconds'";

export type TakenRequest =
  /** The caller executes the request; `takenAt` distinguishes it from a later take-over. */
  | { readonly kind: 'taken'; readonly takenAt: string }
  | { readonly kind: 'done'; readonly reply: string }
  /** Done by a version that stored no replies. */
  | { readonly kind: 'done-without-reply'; readonly resourceId: string }
  | { readonly kind: 'in-flight' }
  | { readonly kind: 'other-body' };

const TAKE = `insert into idempotency_keys as k (actor_id, key, operation, body_hash, resource_id, created_at)
  values ($1, $2, $3, $4, null, now())
  on conflict (actor_id, key, operation) do update
    set body_hash = excluded.body_hash, resource_id = null, reply = null, created_at = excluded.created_at
    where k.created_at < now() - interval '24 hours'
      or (k.resource_id is null and k.reply is null and k.body_hash = excluded.body_hash
        and k.created_at < now() - ${TAKE_OVER_AFTER})
  returning created_at::text as taken_at`;

const LOOK = `select body_hash, resource_id, reply from idempotency_keys
  where actor_id = $1 and key = $2 and operation = $3`;

interface KeyRow {
  body_hash: string;
  resource_id: string | null;
  reply: string | null;
}

/** Claims the request for the caller, or returns the state of the earlier request with the same key. */
export async function takeRequest(pool: pg.Pool, request: IdempotencyClaim): Promise<TakenRequest> {
  const { actorId, key, operation, bodyHash } = request;
  const taken = await pool.query<{ taken_at: string }>({
    name: 'request-take',
    text: TAKE,
    values: [actorId, key, operation, bodyHash],
  });
  if (taken.rows[0]) return { kind: 'taken', takenAt: taken.rows[0].taken_at };
  const { rows } = await pool.query<KeyRow>({
    name: 'request-look',
    text: LOOK,
    values: [actorId, key, operation],
  });
  const before = rows[0];
  // The key was released meanwhile, because the earlier request was refused. The client's retry will claim it.
  if (!before) return { kind: 'in-flight' };
  if (before.body_hash !== bodyHash) return { kind: 'other-body' };
  if (before.reply !== null) return { kind: 'done', reply: before.reply };
  return before.resource_id === null
    ? { kind: 'in-flight' }
    : { kind: 'done-without-reply', resourceId: before.resource_id };
}

export interface TakenMark extends IdempotencyClaim {
  readonly takenAt: string;
}

const MINE = `actor_id = $1 and key = $2 and operation = $3 and created_at = $4::timestamptz
  and resource_id is null and reply is null`;

/** Stores the reply. */
export async function finishRequest(pool: pg.Pool, mark: TakenMark, reply: string): Promise<void> {
  await pool.query({
    name: 'request-finish',
    text: `update idempotency_keys set reply = $5 where ${MINE}`,
    values: [mark.actorId, mark.key, mark.operation, mark.takenAt, reply],
  });
}

/** Releases the key: nothing was done. */
export async function dropRequest(pool: pg.Pool, mark: TakenMark): Promise<void> {
  await pool.query({
    name: 'request-drop',
    text: `delete from idempotency_keys where ${MINE}`,
    values: [mark.actorId, mark.key, mark.operation, mark.takenAt],
  });
}

/** Names a request whose key the use-case itself wrote, together with what it created. */
export type RequestName = Pick<IdempotencyClaim, 'actorId' | 'key' | 'operation'>;

/** Stores what was answered to such a request; the first reply stays. */
export async function storeReply(pool: pg.Pool, name: RequestName, reply: string): Promise<void> {
  await pool.query({
    name: 'request-store-reply',
    text: `update idempotency_keys set reply = $4
      where actor_id = $1 and key = $2 and operation = $3 and reply is null`,
    values: [name.actorId, name.key, name.operation, reply],
  });
}

/** What was answered to such a request within 24 hours; undefined while nothing is stored. */
export async function readReply(pool: pg.Pool, name: RequestName): Promise<string | undefined> {
  const { rows } = await pool.query<{ reply: string | null }>({
    name: 'request-read-reply',
    text: `select reply from idempotency_keys where actor_id = $1 and key = $2 and operation = $3
      and created_at >= now() - interval '24 hours'`,
    values: [name.actorId, name.key, name.operation],
  });
  return rows[0]?.reply ?? undefined;
}
