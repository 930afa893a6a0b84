import type { Trigger, WebhookTrigger } from '../../domain/trigger.ts';
import type { Queryable } from '../transaction.ts';
import { TRIGGER_COLUMNS, type TriggerRow, toTrigger } from './row.ts';

/** The triggers of `ids`, in their order, also deleted ones; undefined for a missing one. */
export async function readTriggers(
  connection: Queryable,
  ids: readonly string[],
): Promise<(Trigger | undefined)[]> {
  const { rows } = await connection.query<TriggerRow>({
    name: 'triggers-by-id',
    text: `select ${TRIGGER_COLUMNS} from triggers t where t.id = any ($1::text[])`,
    values: [ids],
  });
  const found = new Map(rows.map((row) => [row.id, toTrigger(row)]));
  return ids.map((id) => found.get(id));
}

/** One trigger, deleted or not; undefined if it never existed. */
export async function readTrigger(connection: Queryable, id: string): Promise<Trigger | undefined> {
  return (await readTriggers(connection, [id]))[0];
}

/** The trigger of `POST /webhooks/<path>`, paused or not, unless deleted. */
export async function readTriggerByPath(
  connection: Queryable,
  path: string,
): Promise<WebhookTrigger | undefined> {
  const { rows } = await connection.query<TriggerRow>({
    name: 'triggers-by-path',
    text: `select ${TRIGGER_COLUMNS} from triggers t where t.path = $1 and t.deleted_at is null`,
    values: [path],
  });
  const trigger = rows[0] && toTrigger(rows[0]);
  return trigger?.kind === 'webhook' ? trigger : undefined;
}
