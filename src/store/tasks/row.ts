import type { Actor } from '../../domain/actor.ts';
import type { TaskSource } from '../../domain/source.ts';
import type { TaskStatus } from '../../domain/status.ts';
import type { Lease, Task, TaskError, TaskFields } from '../../domain/task.ts';

/** The columns of a task, from a row named `t`, and the database's time of the read. */
export const TASK_COLUMNS = `t.id, t.title, t.description, t.status, t.version, t.source, t.created_by, t.acts_for, t.agent,
  t.priority, t.parent_id, t.depth, t.retry_of, t.taken_by, t.attempts, t.lost_leases, t.run_id, t.run_number,
  t.lease_owner, t.lease_token, t.lease_until, t.not_before, t.input_request_id, t.trigger_id, t.result, t.error,
  t.created_at, t.started_at, t.updated_at, t.finished_at, now() as read_at`;

/** The column of each field that a caller sets, with its SQL type: read by the statements that create and change tasks. */
const FIELD_COLUMNS: { readonly [Field in keyof TaskFields]: { column: string; type: string } } = {
  title: { column: 'title', type: 'text' },
  description: { column: 'description', type: 'text' },
  agent: { column: 'agent', type: 'text' },
  priority: { column: 'priority', type: 'int' },
  notBefore: { column: 'not_before', type: 'timestamptz' },
};
export const SETTABLE = Object.entries(FIELD_COLUMNS).map(([field, { column, type }]) => ({
  field: field as keyof TaskFields,
  column,
  type,
}));

export interface TaskRow {
  id: string;
  title: string;
  description: string | null;
  status: TaskStatus;
  version: number;
  source: TaskSource;
  created_by: Actor;
  acts_for: string | null;
  agent: string | null;
  priority: number;
  parent_id: string | null;
  depth: number;
  retry_of: string | null;
  taken_by: string | null;
  attempts: number;
  lost_leases: number;
  run_id: string | null;
  run_number: number;
  lease_owner: string | null;
  lease_token: string | bigint | null;
  lease_until: Date | null;
  not_before: Date | null;
  input_request_id: string | null;
  trigger_id: string | null;
  result: unknown;
  error: TaskError | null;
  created_at: Date;
  started_at: Date | null;
  updated_at: Date;
  finished_at: Date | null;
  read_at: Date;
}

function leaseOf(row: TaskRow): Lease | null {
  if (row.lease_owner === null || row.lease_token === null || row.lease_until === null) return null;
  return { owner: row.lease_owner, token: BigInt(row.lease_token), until: row.lease_until };
}

export function toTask(row: TaskRow): Task {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    status: row.status,
    version: row.version,
    source: row.source,
    createdBy: row.created_by,
    actsFor: row.acts_for,
    agent: row.agent,
    priority: row.priority,
    parentId: row.parent_id,
    depth: row.depth,
    retryOf: row.retry_of,
    takenBy: row.taken_by,
    attempts: row.attempts,
    lostLeases: row.lost_leases,
    runId: row.run_id,
    runNumber: row.run_number,
    lease: leaseOf(row),
    notBefore: row.not_before,
    inputRequestId: row.input_request_id,
    triggerId: row.trigger_id,
    result: row.result,
    error: row.error,
    createdAt: row.created_at,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    finishedAt: row.finished_at,
    readAt: row.read_at,
  };
}
