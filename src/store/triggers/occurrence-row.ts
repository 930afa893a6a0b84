import type { Actor } from '../../domain/actor.ts';
import type { Occurrence, OccurrenceKind, OccurrenceOutcome } from '../../domain/trigger.ts';

/** The columns of an occurrence, from a row named `o`; the prefix separates them from those of the trigger. */
export const OCCURRENCE_COLUMNS = `o.id as o_id, o.trigger_id as o_trigger_id, o.due_at as o_due_at, o.kind as o_kind,
  o.fired_by as o_fired_by, o.task_id as o_task_id, o.outcome as o_outcome, o.reason as o_reason,
  o.created_at as o_created_at, o.decided_at as o_decided_at`;

export interface OccurrenceRow {
  o_id: string;
  o_trigger_id: string;
  o_due_at: Date;
  o_kind: OccurrenceKind;
  o_fired_by: Actor | null;
  o_task_id: string;
  o_outcome: OccurrenceOutcome | null;
  o_reason: string | null;
  o_created_at: Date;
  o_decided_at: Date | null;
}

export function toOccurrence(row: OccurrenceRow): Occurrence {
  return {
    id: row.o_id,
    triggerId: row.o_trigger_id,
    dueAt: row.o_due_at,
    kind: row.o_kind,
    firedBy: row.o_fired_by,
    taskId: row.o_task_id,
    outcome: row.o_outcome,
    reason: row.o_reason,
    createdAt: row.o_created_at,
    decidedAt: row.o_decided_at,
  };
}
