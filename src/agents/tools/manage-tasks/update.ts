import { Refusal } from '../../../core/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Caller } from '../../../domain/permissions.ts';
import type { Task } from '../../../domain/task.ts';
import { cancelTask } from '../../../tasks/commands/cancel.ts';
import { completeTask } from '../../../tasks/commands/complete.ts';
import { failTask } from '../../../tasks/commands/fail.ts';
import { requestInput } from '../../../tasks/commands/request-input.ts';
import { startTask } from '../../../tasks/commands/start.ts';
import { updateTask } from '../../../tasks/commands/update.ts';
import type { TaskContext } from '../../../tasks/context.ts';
import { readTask } from '../../../tasks/queries/read.ts';
import type { ManageTasksPolicy } from './policy.ts';
import type { ManageTasksArguments } from './wire.ts';

type UpdateArguments = ManageTasksArguments<'update'>;

/**
 * Executes `update` through the use-cases: first the fields, then the status. Throws `Refusal`; when the move is
 * refused the fields have changed, and the message says so.
 */
export async function updateForModel(
  tasks: TaskContext,
  args: UpdateArguments,
  caller: Caller,
  policy: ManageTasksPolicy,
): Promise<Task> {
  const { action, id, status, result, question, error, ...fields } = args;
  const hasFields = Object.values(fields).some((value) => value !== undefined);
  const changed = hasFields ? await updateTask(tasks, caller, { id, ...fields }) : undefined;
  try {
    return (await move(tasks, args, caller, policy)) ?? changed ?? (await readTask(tasks, caller, { id }));
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
  policy: ManageTasksPolicy,
): Promise<Task | undefined> {
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
      return requestInput(tasks, caller, { id, question, toolCallId: policy.askingCallOf(id) });
    case 'cancelled': {
      const problem = policy.cancelProblem(await readTask(tasks, caller, { id }));
      if (problem !== undefined) throw new Refusal('FORBIDDEN', problem);
      return cancelTask(tasks, caller, { id });
    }
  }
}
