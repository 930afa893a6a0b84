import { snakeCase } from '../core/snake-case.ts';
import { eventId, type TaskEvent } from '../domain/events.ts';
import type { InputRequest } from '../domain/input-request.ts';
import { allowedMoves } from '../domain/status.ts';
import type { Task } from '../domain/task.ts';

/** A task as JSON (snake_case, lower-case statuses), for REST and outgoing webhooks. */
export function taskAsJson(task: Task, question: InputRequest | undefined) {
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
    allowed_transitions: [...allowedMoves(task.status)],
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

/** An event as JSON, in the same form. */
export function eventAsJson(event: TaskEvent) {
  return {
    id: eventId(event),
    task_id: event.taskId,
    seq: event.seq,
    type: event.type,
    from: event.from,
    to: event.to,
    actor: event.actor,
    reason: event.reason,
    data: dataAsJson(event.data),
    run_id: event.runId,
    at: event.at.toISOString(),
  };
}

/** Only the top-level names are changed to snake_case: below them is user data, such as an answer. */
function dataAsJson(data: unknown): unknown {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return data ?? null;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [snakeCase(name), value]));
}
