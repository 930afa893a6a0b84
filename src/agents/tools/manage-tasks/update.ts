import { Refusal } from '../../../core/errors.ts';
import { isId } from '../../../core/ids.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Caller } from '../../../domain/permissions.ts';
import type { Task } from '../../../domain/task.ts';
import { readTask } from '../../../store/tasks/read.ts';
import { cancelTask } from '../../../tasks/commands/cancel.ts';
import { completeTask } from '../../../tasks/commands/complete.ts';
import { failTask } from '../../../tasks/commands/fail.ts';
import { requestInput } from '../../../tasks/commands/request-input.ts';
import { startTask } from '../../../tasks/commands/start.ts';
import { updateTask } from '../../../tasks/commands/update.ts';
import type { TaskContext } from '../../../tasks/context.ts';
import { notFound } from '../../../tasks/rules.ts';
import type { ToolContext } from '../tool.ts';
import { isMadeBy } from './task-view.ts';
import type { ManageTasksArguments } from './wire.ts';

type UpdateArguments = ManageTasksArguments<'update'>;

/**
 * What `update` asks for, through the use-cases: first the fields, then the move. Throws `Refusal`; when the move is
 * refused the fields have changed, and the refusal says so.
 */
export async function updateForModel(
  tasks: TaskContext,
  args: UpdateArguments,
  caller: Caller,
  context: ToolContext,
): Promise<Task> {
  const { action, id, status, result, question, error, ...fields } = args;
  const hasFields = Object.values(fields).some((value) => value !== undefined);
  const changed = hasFields ? await updateTask(tasks, caller, { id, ...fields }) : undefined;
  try {
    return (await move(tasks, args, caller, context)) ?? changed ?? (await present(tasks, id));
  } catch (refusal) {
    if (!changed || !(refusal instanceof Refusal)) throw refusal;
    const { code, message, details } = refusal;
    throw new Refusal(code, `${message} The other fields were changed.`, details);
  }
}

async function move(
  tasks: TaskContext,
  { id, status, result, question = '', error = '' }: UpdateArguments,
  caller: Caller,
  context: ToolContext,
): Promise<Task | undefined> {
  const isOwn = id === context.task.id;
  switch (status) {
    case undefined:
      return undefined;
    case 'in_progress':
      return startTask(tasks, caller, { id });
    case 'completed':
      return completeTask(
        tasks,
        caller,
        { id, ...(result !== undefined && { result }) },
        { startIfPending: true },
      );
    case 'failed':
      return failTask(tasks, caller, {
        id,
        code: 'agent_gave_up',
        message: error.slice(0, LIMITS.errorMessageCharacters),
      });
    case 'needs_input':
      return requestInput(tasks, caller, {
        id,
        question,
        ...(isOwn && { toolCallId: context.toolCallId }),
      });
    case 'cancelled':
      await mustBeMadeHere(tasks, id, context);
      return cancelTask(tasks, caller, { id });
  }
}

/** In a background run there is no person to cancel for: an agent takes back only what it made itself. */
async function mustBeMadeHere(tasks: TaskContext, id: string, context: ToolContext): Promise<void> {
  if (id === context.task.id) {
    throw new Refusal(
      'FORBIDDEN',
      'A run does not cancel its own task: complete it, or fail it and say why.',
    );
  }
  if (!isMadeBy(await present(tasks, id), context.agent)) {
    throw new Refusal(
      'FORBIDDEN',
      'An agent cancels only tasks it made itself; a person may cancel this one.',
    );
  }
}

async function present(tasks: TaskContext, id: string): Promise<Task> {
  const task = isId('task', id) ? await readTask(tasks.pool, id) : undefined;
  if (!task) throw notFound(id);
  return task;
}
