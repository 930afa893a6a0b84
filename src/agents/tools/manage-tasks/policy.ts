import { type Caller, may } from '../../../domain/permissions.ts';
import { allowedMoves, type TaskStatus } from '../../../domain/status.ts';
import { hasLiveLease, type Task } from '../../../domain/task.ts';
import type { CreateTaskInput } from '../../../tasks/commands/create.ts';
import type { ToolContext } from '../tool.ts';

/** What the tool may do depends on where it is used: what its actions ask about that. */
export interface ManageTasksPolicy {
  /** Fields of a new task that the arguments do not give. */
  readonly newTask: Pick<CreateTaskInput, 'parentId' | 'source' | 'idempotencyKey'>;
  /** The tool call to which the answer to a question about this task is sent back, if the task is its own. */
  askingCallOf(taskId: string): string | undefined;
  /** Why this task must not be cancelled from here; undefined when it may be. */
  cancelProblem(task: Task): string | undefined;
  /** The statuses that `update` accepts for this task now; any other legal transition is refused. */
  allowedNext(task: Task, caller: Caller): TaskStatus[];
}

/** In background work there is no person to cancel for: an agent cancels only what it created itself. */
export function backgroundPolicy({ unitId, ownTaskId, agent, toolCallId }: ToolContext): ManageTasksPolicy {
  const isCreatedHere = ({ createdBy }: Task): boolean =>
    createdBy.kind === 'agent' && createdBy.id === agent;
  return {
    newTask: { parentId: ownTaskId, source: 'agent', idempotencyKey: `call:${unitId}:${toolCallId}` },
    askingCallOf: (taskId) => (taskId === ownTaskId ? toolCallId : undefined),
    cancelProblem(task) {
      if (task.id === ownTaskId) {
        return 'You cannot cancel the task you work on; complete it, or fail it with an error.';
      }
      return isCreatedHere(task)
        ? undefined
        : 'You can cancel only tasks that you created; a person may cancel this one.';
    },
    allowedNext(task, { role }) {
      const isOwn = task.id === ownTaskId;
      const isFree = task.agent === null && !hasLiveLease(task);
      const moves: TaskStatus[] = allowedMoves(task.status).filter((to) => {
        if (to === 'cancelled') return !isOwn && isCreatedHere(task) && may(role, 'task.cancel');
        if (task.status === 'needs_input') return false;
        return (isOwn || isFree) && may(role, 'task.move');
      });
      if (task.status === 'pending' && moves.includes('in_progress')) moves.splice(1, 0, 'completed');
      return moves;
    },
  };
}
