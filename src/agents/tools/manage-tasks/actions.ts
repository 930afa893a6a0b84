import type { Caller } from '../../../domain/permissions.ts';
import { createTask } from '../../../tasks/commands/create.ts';
import type { TaskContext } from '../../../tasks/context.ts';
import { readOpenQuestions } from '../../../tasks/queries/questions.ts';
import { readTask } from '../../../tasks/queries/read.ts';
import { type AllowedNext, changedTask, wholeTask } from './answers.ts';
import { listForModel } from './list.ts';
import type { ManageTasksPolicy } from './policy.ts';
import { updateForModel } from './update.ts';
import type { ManageTasksArguments } from './wire.ts';

/**
 * Executes parsed arguments for a caller, under the policy of the place of use, through the same use-cases as every
 * other API. Gives the answer; throws `Refusal`.
 */
export async function manageTasks(
  tasks: TaskContext,
  args: ManageTasksArguments,
  caller: Caller,
  policy: ManageTasksPolicy,
): Promise<Record<string, unknown>> {
  const allowedNext: AllowedNext = (task) => policy.allowedNext(task, caller);
  switch (args.action) {
    case 'create': {
      const { action, parent, ...fields } = args;
      const { newTask } = policy;
      const parentId = parent ?? newTask.parentId;
      return changedTask(await createTask(tasks, caller, { ...newTask, ...fields, parentId }), allowedNext);
    }
    case 'get': {
      const task = await readTask(tasks, caller, args);
      const questions = await readOpenQuestions(tasks, caller, [task]);
      return wholeTask(task, allowedNext, questions.get(task.id)?.question);
    }
    case 'list':
      return listForModel(tasks, caller, args, allowedNext);
    case 'update':
      return changedTask(await updateForModel(tasks, args, caller, policy), allowedNext);
  }
}
