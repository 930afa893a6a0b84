import { Refusal } from '../../../core/errors.ts';
import { gatherer } from '../../../core/gather.ts';
import { isId } from '../../../core/ids.ts';
import { type Caller, may } from '../../../domain/permissions.ts';
import { readInputRequests } from '../../../store/tasks/inputs.ts';
import { readTasks } from '../../../store/tasks/read.ts';
import { createTask } from '../../../tasks/commands/create.ts';
import type { TaskContext } from '../../../tasks/context.ts';
import { notFound } from '../../../tasks/rules.ts';
import { type AllowedNext, changedTask, wholeTask } from './answers.ts';
import { listForModel } from './list.ts';
import type { ManageTasksPolicy } from './policy.ts';
import { updateForModel } from './update.ts';
import type { ManageTasksArguments } from './wire.ts';

/** Executes parsed arguments for a caller, under the policy of the place of use; gives the answer. Throws `Refusal`. */
export type ManageTasks = (
  args: ManageTasksArguments,
  caller: Caller,
  policy: ManageTasksPolicy,
) => Promise<Record<string, unknown>>;

/** The agents' API of tasks: it calls the same use-cases as every other API. */
export function createManageTasksActions(tasks: TaskContext): ManageTasks {
  const readOne = gatherer({
    flush: (ids: readonly string[]) => readTasks(tasks.pool, ids),
    keysOf: () => [],
    mayTryAlone: () => false,
  });

  async function get(id: string, allowedNext: AllowedNext): Promise<Record<string, unknown>> {
    const task = isId('task', id) ? await readOne(id) : undefined;
    if (!task) throw notFound(id);
    const [request] = task.inputRequestId ? await readInputRequests(tasks.pool, [task.inputRequestId]) : [];
    return wholeTask(task, allowedNext, request?.question);
  }

  return async (args, caller, policy) => {
    const allowedNext: AllowedNext = (task) => policy.allowedNext(task, caller);
    switch (args.action) {
      case 'create': {
        const { action, parent, ...fields } = args;
        const { newTask } = policy;
        const parentId = parent ?? newTask.parentId;
        return changedTask(await createTask(tasks, caller, { ...newTask, ...fields, parentId }), allowedNext);
      }
      case 'get':
        mustMayRead(caller);
        return get(args.id, allowedNext);
      case 'list':
        mustMayRead(caller);
        return listForModel(tasks.pool, args, allowedNext);
      case 'update':
        return changedTask(await updateForModel(tasks, args, caller, policy), allowedNext);
    }
  };
}

function mustMayRead({ role }: Caller): void {
  if (!may(role, 'task.read')) throw new Refusal('FORBIDDEN', `The role ${role} may not read tasks.`);
}
