import type { TaskEvent } from '../domain/events.ts';
import type { InputRequest } from '../domain/input-request.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Task } from '../domain/task.ts';
import { eventAsJson, taskAsJson } from '../tasks/as-json.ts';

/**
 * What a receiver is sent, in the shape of Standard Webhooks. `data.event` is what happened; `data.task` is the task as
 * it was when the delivery was made, which may be some events later: see its `version`. One that would be larger than
 * `maxBytes` goes without its largest texts, and `data.omitted` names them.
 */
export function payloadOf(
  event: TaskEvent,
  task: Task,
  question: InputRequest | undefined,
  maxBytes: number = LIMITS.webhookBytes,
): Buffer {
  const shape = { type: event.type, timestamp: event.at.toISOString() };
  const data = { event: eventAsJson(event), task: taskAsJson(task, question) };
  const whole = Buffer.from(JSON.stringify({ ...shape, data }));
  if (whole.length <= maxBytes) return whole;
  const smaller = {
    event: { ...data.event, data: null },
    task: { ...data.task, description: null, result: null },
    omitted: ['event.data', 'task.description', 'task.result'],
  };
  return Buffer.from(JSON.stringify({ ...shape, data: smaller }));
}
