import { Refusal } from '../../../core/errors.ts';
import { gatherer } from '../../../core/gather.ts';
import { isId } from '../../../core/ids.ts';
import { type Caller, may } from '../../../domain/permissions.ts';
import type { Task } from '../../../domain/task.ts';
import { readInputRequests } from '../../../store/tasks/inputs.ts';
import { readTasks } from '../../../store/tasks/read.ts';
import { createTask } from '../../../tasks/commands/create.ts';
import type { TaskContext } from '../../../tasks/context.ts';
import { notFound } from '../../../tasks/rules.ts';
import type { Tool, ToolContext, ToolOutcome } from '../tool.ts';
import { listForModel } from './list.ts';
import { presented, presentedBriefly } from './task-view.ts';
import { updateForModel } from './update.ts';
import { MANAGE_TASKS_PARAMETERS, type ManageTasksArguments, parseManageTasksArguments } from './wire.ts';

export const MANAGE_TASKS = 'manage_tasks';

const DESCRIPTION = `Keeps track of work: create, list, get and update tasks.
create {title, …}: a new task, a part of the one you work on; with an agent it is worked on in the background, without one it is tracked.
list {status}: what is on the plate. get {id}: one task whole.
update {id, status, …}: moves a task; each answer says in allowed_next which moves it may make.
On the task you work on: completed (with result), failed (with error) and needs_input (with question) end this run. A person's answer comes back as the result of the call that asked.`;

/** The statuses that end the run when it gives them to its own task. */
const ENDING = new Set(['completed', 'failed', 'needs_input']);

/** The agents' own face of the tasks: parses, authorises, and calls the same use-cases as every face. */
export function createManageTasks(tasks: TaskContext): Tool {
  const readOne = gatherer({
    flush: (ids: readonly string[]) => readTasks(tasks.pool, ids),
    keysOf: () => [],
    mayTryAlone: () => false,
  });

  async function get(id: string, caller: Caller, context: ToolContext): Promise<ToolOutcome> {
    if (!may(caller.role, 'task.read'))
      throw new Refusal('FORBIDDEN', `The role ${caller.role} may not read tasks.`);
    const task = isId('task', id) ? await readOne(id) : undefined;
    if (!task) throw notFound(id);
    const [question] = task.inputRequestId ? await readInputRequests(tasks.pool, [task.inputRequestId]) : [];
    return answer({ ok: true, task: presented(task, { caller, context }, question) });
  }

  async function create(
    args: ManageTasksArguments<'create'>,
    caller: Caller,
    context: ToolContext,
  ): Promise<ToolOutcome> {
    const { action, parent, ...fields } = args;
    const task = await createTask(tasks, caller, {
      ...fields,
      parentId: parent ?? context.task.id,
      source: 'agent',
      idempotencyKey: `call:${context.task.id}:${context.toolCallId}`,
    });
    return answer({ ok: true, task: presentedBriefly(task, { caller, context }) });
  }

  async function update(
    args: ManageTasksArguments<'update'>,
    caller: Caller,
    context: ToolContext,
  ): Promise<ToolOutcome> {
    const task: Task = await updateForModel(tasks, args, caller, context);
    const endsRun = endsOwnRun(args, context);
    return { ...answer({ ok: true, task: presentedBriefly(task, { caller, context }) }), endsRun };
  }

  return {
    name: MANAGE_TASKS,
    description: DESCRIPTION,
    parameters: MANAGE_TASKS_PARAMETERS,

    /**
     * Looking changes nothing; a create carries a key of its call, so that the second finds the task of the first; what
     * ends the own run did not happen, or there would be no run to ask.
     */
    mayRepeat(sent, context) {
      const parsed = parseManageTasksArguments(sent);
      return !parsed.ok || parsed.args.action !== 'update' || endsOwnRun(parsed.args, context);
    },

    async run(sent, context) {
      const parsed = parseManageTasksArguments(sent);
      if (!parsed.ok) {
        return { ...refused({ code: 'VALIDATION', message: parsed.message }), isBadArguments: true };
      }
      const { args } = parsed;
      try {
        const caller = await context.caller();
        switch (args.action) {
          case 'create':
            return await create(args, caller, context);
          case 'get':
            return await get(args.id, caller, context);
          case 'list':
            return answer(await listForModel(tasks.pool, args, { caller, context }));
          case 'update':
            return await update(args, caller, context);
        }
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const { code, message, details } = error;
        return refused({ code, message, ...(details.allowed && { allowed: details.allowed }) });
      }
    },
  };
}

function endsOwnRun(args: ManageTasksArguments<'update'>, context: Pick<ToolContext, 'task'>): boolean {
  return args.id === context.task.id && args.status !== undefined && ENDING.has(args.status);
}

function answer(value: Record<string, unknown>): ToolOutcome {
  return { content: JSON.stringify(value), isError: false };
}

function refused(error: { code: string; message: string; allowed?: readonly string[] }): ToolOutcome {
  return { content: JSON.stringify({ ok: false, error }), isError: true };
}
