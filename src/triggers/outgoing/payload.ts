import { eventId, type TaskEvent } from '../../domain/events.ts';
import { LIMITS } from '../../domain/limits.ts';
import { allowedMoves } from '../../domain/status.ts';
import type { Task } from '../../domain/task.ts';
import type { InputRequest } from '../../store/tasks/inputs.ts';

/** The first names of what an event says are ours; below them it is somebody's own. */
function inSnakeCase(data: unknown): unknown {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return data ?? null;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

function eventJson(event: TaskEvent) {
  return {
    id: eventId(event),
    task_id: event.taskId,
    seq: event.seq,
    type: event.type,
    from: event.from,
    to: event.to,
    actor: event.actor,
    reason: event.reason,
    data: inSnakeCase(event.data),
    run_id: event.runId,
    at: event.at.toISOString(),
  };
}

/** A task with the names that REST has for it. */
function taskJson(task: Task, question: InputRequest | undefined) {
  return {
    id: task.id,
    title: task.title,
    description: task.description,
    status: task.status,
    source: task.source,
    created_by: task.createdBy,
    agent: task.agent,
    priority: task.priority,
    not_before: task.notBefore?.toISOString() ?? null,
    result: task.result ?? null,
    error: task.error,
    input_request: question
      ? {
          id: question.id,
          question: question.question,
          asked_by: question.askedBy,
          asked_at: question.askedAt.toISOString(),
        }
      : null,
    allowed_transitions: allowedMoves(task.status),
    parent_id: task.parentId,
    retry_of: task.retryOf,
    trigger_id: task.triggerId,
    version: task.version,
    created_at: task.createdAt.toISOString(),
    started_at: task.startedAt?.toISOString() ?? null,
    updated_at: task.updatedAt.toISOString(),
    finished_at: task.finishedAt?.toISOString() ?? null,
  };
}

/**
 * What a receiver is sent, in the shape of Standard Webhooks. `data.event` is what happened; `data.task` is the task as
 * it was when the delivery was made, which may be some events later: its `version` says. One that would be larger than
 * `maxBytes` goes without its largest texts, and `data.omitted` names them.
 */
export function payloadOf(
  event: TaskEvent,
  task: Task,
  question: InputRequest | undefined,
  maxBytes: number = LIMITS.webhookBytes,
): Buffer {
  const shape = { type: event.type, timestamp: event.at.toISOString() };
  const data = { event: eventJson(event), task: taskJson(task, question) };
  const whole = Buffer.from(JSON.stringify({ ...shape, data }));
  if (whole.length <= maxBytes) return whole;
  const smaller = {
    event: { ...data.event, data: null },
    task: { ...data.task, description: null, result: null },
    omitted: ['event.data', 'task.description', 'task.result'],
  };
  return Buffer.from(JSON.stringify({ ...shape, data: smaller }));
}
