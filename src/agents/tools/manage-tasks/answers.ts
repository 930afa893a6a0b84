import type { Refusal } from '../../../core/errors.ts';
import { isFinal, type TaskStatus } from '../../../domain/status.ts';
import type { Task } from '../../../domain/task.ts';

/** The statuses to which the caller may move a task now. */
export type AllowedNext = (task: Task) => readonly TaskStatus[];

/** A task in a list: enough to name it and to move it. */
function briefTask(task: Task, allowedNext: AllowedNext): Record<string, unknown> {
  return {
    id: task.id,
    title: task.title,
    status: task.status,
    ...(task.agent !== null && { agent: task.agent }),
    ...(task.priority !== 0 && { priority: task.priority }),
    ...(task.parentId !== null && { parent: task.parentId }),
    ...(!isFinal(task.status) && { allowed_next: allowedNext(task) }),
  };
}

/** The answer of `create` and `update`. */
export function changedTask(task: Task, allowedNext: AllowedNext): Record<string, unknown> {
  return { ok: true, task: briefTask(task, allowedNext) };
}

/** The answer of `get`: all fields. Long texts are there to be read, so they are not cut. */
export function wholeTask(
  task: Task,
  allowedNext: AllowedNext,
  question: string | undefined,
): Record<string, unknown> {
  const whole = {
    ...briefTask(task, allowedNext),
    ...(task.description !== null && { description: task.description }),
    source: task.source,
    created_by: task.createdBy.name,
    created_at: task.createdAt.toISOString(),
    ...(question !== undefined && { question }),
    ...(task.result !== null && { result: task.result }),
    ...(task.error !== null && { error: task.error }),
    allowed_next: allowedNext(task),
  };
  return { ok: true, task: whole };
}

/** The answer of `list`: the first tasks, and how many more there are. */
export function taskList(
  tasks: readonly Task[],
  more: number | string,
  allowedNext: AllowedNext,
): Record<string, unknown> {
  return { ok: true, tasks: tasks.map((task) => briefTask(task, allowedNext)), more };
}

/** The answer to wrong arguments. */
export function wrongArguments(message: string): Record<string, unknown> {
  return { ok: false, error: { code: 'VALIDATION', message } };
}

/** The answer when a use-case refuses; for an illegal transition with the legal ones. */
export function refusedCall({ code, message, details }: Refusal): Record<string, unknown> {
  return { ok: false, error: { code, message, ...(details.allowed && { allowed: details.allowed }) } };
}
