import type { Actor } from '../../domain/actor.ts';
import type { WebhookEndpoint } from '../../domain/endpoint.ts';
import type { TaskSource } from '../../domain/source.ts';
import type { TaskStatus } from '../../domain/status.ts';

/** The columns of an endpoint, from a row named `w`; arrays of enums as text[], because `pg` does not parse them. */
export const ENDPOINT_COLUMNS = `w.id, w.url, w.description, w.statuses::text[] as statuses, w.agents,
  w.sources::text[] as sources, w.secrets, w.created_by, w.created_at, w.updated_at, w.disabled_at, w.disabled_reason,
  w.failing_since, w.deleted_at`;

export interface EndpointRow {
  id: string;
  url: string;
  description: string | null;
  statuses: TaskStatus[];
  agents: string[];
  sources: TaskSource[];
  secrets: string[];
  created_by: Actor;
  created_at: Date;
  updated_at: Date;
  disabled_at: Date | null;
  disabled_reason: string | null;
  failing_since: Date | null;
  deleted_at: Date | null;
}

export function toEndpoint(row: EndpointRow): WebhookEndpoint {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    statuses: row.statuses,
    agents: row.agents,
    sources: row.sources,
    secrets: row.secrets,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    disabledAt: row.disabled_at,
    disabledReason: row.disabled_reason,
    failingSince: row.failing_since,
    deletedAt: row.deleted_at,
  };
}
