import type pg from 'pg';
import type { PageRequest } from '../../core/page.ts';
import type { DeliveryAttempt, DeliveryHead } from '../../domain/delivery.ts';
import type { DeliveryFilter } from '../../domain/filters.ts';
import { Conditions } from '../conditions.ts';
import { boundNewest, type NewestPage, toNewestPage } from '../newest-first.ts';
import {
  ATTEMPT_COLUMNS,
  type AttemptRow,
  DELIVERY_HEAD_COLUMNS,
  type DeliveryHeadRow,
  toAttempt,
  toDeliveryHead,
} from './row.ts';

function filterConditions(filter: DeliveryFilter): Conditions {
  const conditions = new Conditions();
  const equals = (column: string, value: string | undefined): void => {
    if (value !== undefined) conditions.add((p) => `d.${column} = ${p}::text`, value);
  };
  equals('direction', filter.direction);
  equals('trigger_id', filter.triggerId);
  equals('endpoint_id', filter.endpointId);
  equals('task_id', filter.taskId);
  // With a single verdict the index has the order of the list.
  if (filter.verdict?.length === 1) equals('verdict', filter.verdict[0]);
  else if (filter.verdict) conditions.add((p) => `d.verdict = any (${p}::text[])`, filter.verdict);
  return conditions;
}

/** One page of deliveries of either direction, newest first. Throws `BAD_CURSOR`. */
export async function listDeliveries(
  pool: pg.Pool,
  query: { filter: DeliveryFilter; page: PageRequest },
): Promise<NewestPage<DeliveryHead>> {
  const conditions = filterConditions(query.filter);
  const order = boundNewest(conditions, query.page, ['d.created_at', 'd.id']);
  const { rows } = await pool.query<DeliveryHeadRow>(
    `select ${DELIVERY_HEAD_COLUMNS} from deliveries d ${conditions.where} ${order}`,
    conditions.values,
  );
  return toNewestPage(rows.map(toDeliveryHead), query.page);
}

/** The deliveries of `ids`, in their order; undefined for a missing one. */
export async function readDeliveryHeads(
  pool: pg.Pool,
  ids: readonly string[],
): Promise<(DeliveryHead | undefined)[]> {
  const { rows } = await pool.query<DeliveryHeadRow>({
    name: 'deliveries-by-id',
    text: `select ${DELIVERY_HEAD_COLUMNS} from deliveries d where d.id = any ($1::text[])`,
    values: [ids],
  });
  const found = new Map(rows.map((row) => [row.id, toDeliveryHead(row)]));
  return ids.map((id) => found.get(id));
}

/** The bodies of the deliveries `ids`, in their order; undefined for a missing one. */
export async function readBodies(pool: pg.Pool, ids: readonly string[]): Promise<(Buffer | undefined)[]> {
  const { rows } = await pool.query<{ id: string; body: Buffer }>({
    name: 'delivery-bodies',
    text: 'select d.id, d.body from deliveries d where d.id = any ($1::text[])',
    values: [ids],
  });
  const found = new Map(rows.map((row) => [row.id, row.body]));
  return ids.map((id) => found.get(id));
}

/** The maximum number of attempts returned for a delivery; the newest are chosen. */
const MAX_TRIES_SHOWN = 50;

const TRIES = `select ${ATTEMPT_COLUMNS} from unnest($1::text[]) as asked (id) cross join lateral (
  select * from delivery_attempts where delivery_id = asked.id order by number desc limit ${MAX_TRIES_SHOWN}
) a order by a.number`;

/** The attempts of each delivery, oldest first, at most the newest `MAX_TRIES_SHOWN`. */
export async function triesOf(pool: pg.Pool, deliveryIds: readonly string[]): Promise<DeliveryAttempt[][]> {
  const { rows } = await pool.query<AttemptRow>({
    name: 'tries-of-deliveries',
    text: TRIES,
    values: [deliveryIds],
  });
  const byDelivery = new Map<string, DeliveryAttempt[]>(deliveryIds.map((id) => [id, []]));
  for (const row of rows) byDelivery.get(row.delivery_id)?.push(toAttempt(row));
  return deliveryIds.map((id) => byDelivery.get(id) ?? []);
}
