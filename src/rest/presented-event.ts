import { eventId, type TaskEvent } from '../domain/events.ts';
import type { EventJson } from './contracts/event.ts';
import { snakeCase } from './snake-case.ts';

/** What an event says is ours by its first names, and somebody's own (an answer, a text) below them. */
function presentData(data: unknown): unknown {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return data ?? null;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [snakeCase(name), value]));
}

export function presentEvent(event: TaskEvent): EventJson {
  return {
    id: eventId(event),
    cursor: event.position.toString(),
    task_id: event.taskId,
    seq: event.seq,
    type: event.type,
    from: event.from,
    to: event.to,
    actor: event.actor,
    reason: event.reason,
    data: presentData(event.data),
    source: event.source,
    agent: event.agent,
    run_id: event.runId,
    at: event.at.toISOString(),
  };
}
