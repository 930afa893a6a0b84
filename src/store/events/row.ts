import type { Actor } from '../../domain/actor.ts';
import type { EventType, TaskEvent } from '../../domain/events.ts';
import type { TaskSource } from '../../domain/source.ts';
import type { TaskStatus } from '../../domain/status.ts';

/** The columns of an event, from a row named `e`. */
export const EVENT_COLUMNS = `e.position::text as cursor, e.task_id, e.seq, e.type, e."from", e."to", e.actor, e.run_id,
  e.reason, e.data, e.source, e.agent, e.at`;

export interface EventRow {
  cursor: string;
  task_id: string;
  seq: number;
  type: EventType;
  from: TaskStatus | null;
  to: TaskStatus | null;
  actor: Actor;
  run_id: string | null;
  reason: string | null;
  data: unknown;
  source: TaskSource;
  agent: string | null;
  at: Date;
}

export function toEvent(row: EventRow): TaskEvent {
  return {
    position: BigInt(row.cursor),
    taskId: row.task_id,
    seq: row.seq,
    type: row.type,
    from: row.from,
    to: row.to,
    actor: row.actor,
    runId: row.run_id,
    reason: row.reason,
    data: row.data,
    source: row.source,
    agent: row.agent,
    at: row.at,
  };
}
