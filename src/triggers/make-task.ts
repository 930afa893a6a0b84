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
  /** Given beforehand, with the occurrence or the delivery: a second call gets the first task. */
  readonly taskId: string;
  /** Rendered; a title longer than allowed is cut. */
  readonly title: string;
  readonly description: string | null;
  /** For the record, such as the id of the occurrence or delivery. */
  readonly reason: string;
}

/**
 * Makes the task of a trigger through the one write path, once for each `taskId`, however often and from wherever it
 * is called. Throws `VALIDATION` for a text that no task may have or an agent that is not known, `UNAVAILABLE`.
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
  if (!task) throw new Refusal('NOT_FOUND', `The task ${wanted.taskId} was neither made nor found.`);
  return task;
}
