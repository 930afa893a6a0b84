import type { Caller } from '../../../domain/permissions.ts';
import { may } from '../../../domain/permissions.ts';
import { allowedMoves, isFinal, type TaskStatus } from '../../../domain/status.ts';
import { hasLiveLease, type Task } from '../../../domain/task.ts';
import type { InputRequest } from '../../../store/tasks/inputs.ts';
import type { ToolContext } from '../tool.ts';

/** Who looks at a task through the tool. */
export interface Viewpoint {
  readonly caller: Caller;
  readonly context: Pick<ToolContext, 'task' | 'agent'>;
}

/** True for what an agent in a background run may cancel: what it made itself. */
export function isMadeBy(task: Task, agent: string): boolean {
  return task.createdBy.kind === 'agent' && task.createdBy.id === agent;
}

/** The statuses that `update` would take for this task now, from this run; the tool refuses the rest of the table's moves. */
export function allowedNext(task: Task, { caller, context }: Viewpoint): TaskStatus[] {
  const isOwn = task.id === context.task.id;
  const isFree = task.agent === null && !hasLiveLease(task);
  const moves: TaskStatus[] = allowedMoves(task.status).filter((to) => {
    if (to === 'cancelled') {
      return !isOwn && isMadeBy(task, context.agent) && may(caller.role, 'task.cancel');
    }
    if (task.status === 'needs_input') return false;
    return (isOwn || isFree) && may(caller.role, 'task.move');
  });
  if (task.status === 'pending' && moves.includes('in_progress')) moves.splice(1, 0, 'completed');
  return moves;
}

/** A task in a list: enough to speak of it and to move it. */
export function presentedBriefly(task: Task, viewpoint: Viewpoint): Record<string, unknown> {
  return {
    id: task.id,
    title: task.title,
    status: task.status,
    ...(task.agent !== null && { agent: task.agent }),
    ...(task.priority !== 0 && { priority: task.priority }),
    ...(task.parentId !== null && { parent: task.parentId }),
    ...(!isFinal(task.status) && { allowed_next: allowedNext(task, viewpoint) }),
  };
}

/** All that the model may want to know of one task. Long texts are for reading, so they come whole. */
export function presented(
  task: Task,
  viewpoint: Viewpoint,
  question?: InputRequest,
): Record<string, unknown> {
  return {
    ...presentedBriefly(task, viewpoint),
    ...(task.description !== null && { description: task.description }),
    source: task.source,
    created_by: task.createdBy.name,
    created_at: task.createdAt.toISOString(),
    ...(question && { question: question.question }),
    ...(task.result !== null && { result: task.result }),
    ...(task.error !== null && { error: task.error }),
    allowed_next: allowedNext(task, viewpoint),
  };
}
