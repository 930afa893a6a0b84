import type pg from 'pg';
import type { WebhookEndpoint } from '../../domain/endpoint.ts';
import { ENDPOINT_COLUMNS, type EndpointRow, toEndpoint } from '../endpoints/row.ts';

/** The row of `log_cursors` with the position up to which deliveries have been made. */
const CURSOR = 'webhooks-out';

/** Sets the cursor to the end of the log, unless it exists: events before the first start are not sent. */
export async function beginCursor(pool: pg.Pool, end: bigint): Promise<void> {
  await pool.query({
    name: 'webhooks-cursor-begin',
    text: `insert into log_cursors (name, position) values ('${CURSOR}', $1::bigint) on conflict (name) do nothing`,
    values: [end.toString()],
  });
}

/** Advances the cursor while there is no active endpoint. True if there is none, or the cursor is there already. */
export async function skipWithoutEndpoints(pool: pg.Pool, settled: bigint): Promise<boolean> {
  const { rows } = await pool.query<{ nobody: boolean }>({
    name: 'webhooks-cursor-skip',
    text: `with nobody as (
        select not exists (select 1 from webhook_endpoints where deleted_at is null and disabled_at is null) as is
      ), skipped as (
        update log_cursors set position = $1::bigint from nobody
        where name = '${CURSOR}' and position < $1::bigint and nobody.is
      ) select nobody.is or exists (
        select 1 from log_cursors where name = '${CURSOR}' and position >= $1::bigint
      ) as nobody from nobody`,
    values: [settled.toString()],
  });
  return rows[0]?.nobody ?? true;
}

/** The cursor, locked until the transaction ends; undefined while another process has it locked. */
export async function holdCursor(client: pg.PoolClient): Promise<bigint | undefined> {
  const { rows } = await client.query<{ position: string }>({
    name: 'webhooks-cursor-hold',
    text: `select position::text as position from log_cursors where name = '${CURSOR}' for update skip locked`,
  });
  return rows[0] && BigInt(rows[0].position);
}

export async function moveCursor(client: pg.PoolClient, position: bigint): Promise<void> {
  await client.query({
    name: 'webhooks-cursor-move',
    text: `update log_cursors set position = $1::bigint where name = '${CURSOR}'`,
    values: [position.toString()],
  });
}

/** The active endpoints, share-locked until the transaction ends: switching one off waits for it. */
export async function holdEndpoints(client: pg.PoolClient): Promise<WebhookEndpoint[]> {
  const { rows } = await client.query<EndpointRow>({
    name: 'endpoints-hold',
    text: `select ${ENDPOINT_COLUMNS} from webhook_endpoints w
      where w.deleted_at is null and w.disabled_at is null order by w.id for share`,
  });
  return rows.map(toEndpoint);
}

/** The delivery of one event, and the endpoints that receive it. */
export interface OutgoingBatch {
  readonly key: string;
  readonly taskId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly to: readonly { readonly deliveryId: string; readonly endpointId: string }[];
}

/** Adds a delivery for each endpoint of each event; an existing one does not change. Each body is transferred once. */
export async function insertOutgoing(
  client: pg.PoolClient,
  batches: readonly OutgoingBatch[],
): Promise<void> {
  const places = batches.flatMap((batch, index) => batch.to.map((place) => ({ ...place, index })));
  await client.query({
    name: 'deliveries-make',
    text: `with event as materialized (
        select * from unnest($1::text[], $2::text[], $3::jsonb[], $4::bytea[])
          with ordinality as e (key, task_id, headers, body, place)
      ) insert into deliveries (id, direction, endpoint_id, key, verdict, headers, body, task_id, created_at,
        next_attempt_at)
      select p.id, 'out', p.endpoint_id, e.key, 'pending', e.headers, e.body, e.task_id, now(), now()
      from unnest($5::text[], $6::text[], $7::int[]) as p (id, endpoint_id, place) join event e on e.place = p.place + 1
      on conflict (endpoint_id, key) where (direction = 'out') do nothing`,
    values: [
      batches.map((batch) => batch.key),
      batches.map((batch) => batch.taskId),
      batches.map((batch) => JSON.stringify(batch.headers)),
      batches.map((batch) => batch.body),
      places.map((place) => place.deliveryId),
      places.map((place) => place.endpointId),
      places.map((place) => place.index),
    ],
  });
}
