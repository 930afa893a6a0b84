import type { TaskEvent } from '../domain/events.ts';
import type { InputRequest } from '../domain/input-request.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Task } from '../domain/task.ts';
import { eventAsJson, taskAsJson } from '../tasks/as-json.ts';

/**
 * The payload for receivers, in the format of Standard Webhooks. `data.event` is the event; `data.task` is the task
 * when the delivery was created, which may be some events later: see its `version`. If the payload would be larger than
 * `maxBytes`, its largest texts are omitted, and `data.omitted` lists them.
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
