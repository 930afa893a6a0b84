import { z } from 'zod';
import { Refusal } from '../core/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { TASK_DEFAULTS, type Task } from '../domain/task.ts';
import { type Trigger, triggerActor } from '../domain/trigger.ts';
import { readTask } from '../store/tasks/read.ts';
import { unknownAgent } from '../tasks/commands/create.ts';
import { description, parseInput, title } from '../tasks/fields.ts';
import type { TriggerContext } from './context.ts';

const schema = z.object({ title, description: description.nullable() });

export interface TriggeredTask {
  /** Assigned with the occurrence or delivery, so that a second call returns the first task. */
  readonly taskId: string;
  /** Rendered; a title longer than allowed is cut. */
  readonly title: string;
  readonly description: string | null;
  /** Recorded with the task, such as the id of the occurrence or delivery. */
  readonly reason: string;
}

/**
 * Creates the task of a trigger through the common write path, once per `taskId`, however often and in whichever
 * process it is called. Throws `VALIDATION` for an invalid text or an unknown agent, or `UNAVAILABLE`.
 */
export async function makeTask(
  context: TriggerContext,
  trigger: Trigger,
  wanted: TriggeredTask,
): Promise<Task> {
  const { tasks, pool } = context;
  const text = parseInput(schema, {
    title: wanted.title.trim().slice(0, LIMITS.titleCharacters).toWellFormed(),
    description: wanted.description,
  });
  if (trigger.agent !== null && !tasks.knowsAgent(trigger.agent)) {
    throw unknownAgent(trigger.agent, tasks.agentNames());
  }
  const made = await tasks.writer.insert({
    ...TASK_DEFAULTS,
    ...text,
    id: wanted.taskId,
    source: trigger.kind,
    createdBy: triggerActor(trigger),
    actsFor: trigger.actsFor,
    agent: trigger.agent,
    priority: trigger.priority,
    parentId: null,
    retryOf: null,
    triggerId: trigger.id,
    reason: wanted.reason,
    runId: null,
    data: null,
    idempotency: null,
  });
  const task = made ?? (await readTask(pool, wanted.taskId));
  if (!task) throw new Refusal('NOT_FOUND', `Task ${wanted.taskId} could be neither created nor found`);
  return task;
}
