import type pg from 'pg';
import type { WebhookEndpoint } from '../../domain/endpoint.ts';
import { inTransaction } from '../transaction.ts';
import { ENDPOINT_COLUMNS, type EndpointRow, toEndpoint } from './row.ts';

export type NewEndpoint = Pick<
  WebhookEndpoint,
  'id' | 'url' | 'description' | 'statuses' | 'agents' | 'sources' | 'secrets' | 'createdBy'
>;

/** Serialises inserts, so that the limit holds. */
const ENDPOINTS_LOCK = 72707372;

/** Adds an endpoint; undefined if there are already `max`. */
export function insertEndpoint(
  pool: pg.Pool,
  endpoint: NewEndpoint,
  max: number,
): Promise<WebhookEndpoint | undefined> {
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1::bigint)', [ENDPOINTS_LOCK]);
    const { rows } = await client.query<EndpointRow>({
      name: 'endpoint-insert',
      // The time of the insert, not of the wait for the lock: events after it are sent.
      text: `insert into webhook_endpoints as w (id, url, description, statuses, agents, sources, secrets, created_by,
          created_at, updated_at)
        select $1, $2, $3, $4::"TaskStatus"[], $5::text[], $6::"TaskSource"[], $7::text[], $8::jsonb,
          clock_timestamp(), clock_timestamp()
        where (select count(*) from webhook_endpoints where deleted_at is null) < $9::int
        returning ${ENDPOINT_COLUMNS}`,
      values: [
        endpoint.id,
        endpoint.url,
        endpoint.description,
        endpoint.statuses,
        endpoint.agents,
        endpoint.sources,
        endpoint.secrets,
        JSON.stringify(endpoint.createdBy),
        max,
      ],
    });
    return rows[0] && toEndpoint(rows[0]);
  });
}

/** The endpoints of `ids`, also deleted ones, in their order; undefined for a missing one. */
export async function readEndpoints(
  pool: pg.Pool,
  ids: readonly string[],
): Promise<(WebhookEndpoint | undefined)[]> {
  const { rows } = await pool.query<EndpointRow>({
    name: 'endpoints-by-id',
    text: `select ${ENDPOINT_COLUMNS} from webhook_endpoints w where w.id = any ($1::text[])`,
    values: [ids],
  });
  const found = new Map(rows.map((row) => [row.id, toEndpoint(row)]));
  return ids.map((id) => found.get(id));
}

/** The endpoints that are not deleted, oldest first. */
export async function listEndpointRows(pool: pg.Pool): Promise<WebhookEndpoint[]> {
  const { rows } = await pool.query<EndpointRow>({
    name: 'endpoints-list',
    text: `select ${ENDPOINT_COLUMNS} from webhook_endpoints w where w.deleted_at is null order by w.created_at, w.id`,
  });
  return rows.map(toEndpoint);
}

/** The fields to set; absent fields stay. */
export interface EndpointPatch
  extends Partial<Pick<WebhookEndpoint, 'url' | 'description' | 'statuses' | 'agents' | 'sources'>> {
  /** Becomes the first secret; the current one stays as the second, an older one is removed. */
  readonly newSecret?: string;
  /** Keeps only the newest secret. */
  readonly dropOldSecret?: boolean;
  /** Switches it on; events during the pause are not sent. */
  readonly enable?: boolean;
}

/** Changes an endpoint that is not deleted; returns its new state, or undefined. */
export async function updateEndpointRow(
  pool: pg.Pool,
  id: string,
  patch: EndpointPatch,
): Promise<WebhookEndpoint | undefined> {
  const values: unknown[] = [id];
  const sets = ['updated_at = now()'];
  const set = (expression: (placeholder: string) => string, value: unknown): void => {
    values.push(value);
    sets.push(expression(`$${values.length}`));
  };
  if (patch.url !== undefined) set((p) => `url = ${p}`, patch.url);
  if (patch.description !== undefined) set((p) => `description = ${p}`, patch.description);
  if (patch.statuses) set((p) => `statuses = ${p}::"TaskStatus"[]`, patch.statuses);
  if (patch.agents) set((p) => `agents = ${p}::text[]`, patch.agents);
  if (patch.sources) set((p) => `sources = ${p}::"TaskSource"[]`, patch.sources);
  if (patch.newSecret !== undefined)
    set((p) => `secrets = array[${p}::text] || w.secrets[1:1]`, patch.newSecret);
  else if (patch.dropOldSecret) sets.push('secrets = w.secrets[1:1]');
  if (patch.enable) sets.push('disabled_at = null', 'disabled_reason = null', 'failing_since = null');
  const { rows } = await pool.query<EndpointRow>(
    `update webhook_endpoints w set ${sets.join(', ')} where w.id = $1 and w.deleted_at is null
      returning ${ENDPOINT_COLUMNS}`,
    values,
  );
  return rows[0] && toEndpoint(rows[0]);
}
