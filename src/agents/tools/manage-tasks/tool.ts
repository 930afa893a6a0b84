import { Refusal } from '../../../core/errors.ts';
import type { TaskContext } from '../../../tasks/context.ts';
import type { Tool, ToolOutcome } from '../tool.ts';
import { manageTasks } from './actions.ts';
import { refusedCall, wrongArguments } from './answers.ts';
import { backgroundPolicy } from './policy.ts';
import {
  MANAGE_TASKS,
  MANAGE_TASKS_DESCRIPTION,
  MANAGE_TASKS_PARAMETERS,
  type ManageTasksArguments,
  parseManageTasksArguments,
} from './wire.ts';

/** The statuses that end the work when the agent gives them to its own task. */
const ENDING = new Set(['completed', 'failed', 'needs_input']);

/** `manage_tasks` as a tool of an agent in background work. */
export function createManageTasks(tasks: TaskContext): Tool {
  return {
    name: MANAGE_TASKS,
    description: MANAGE_TASKS_DESCRIPTION,
    parameters: MANAGE_TASKS_PARAMETERS,

    /**
     * Reading changes nothing; a create carries an idempotency key made of its call, so the second finds the task of the
     * first; an update that ends the own work did not happen, or the work would have ended.
     */
    mayRepeat(sent, { ownTaskId }) {
      const parsed = parseManageTasksArguments(sent);
      return !parsed.ok || parsed.args.action !== 'update' || endsOwnWork(parsed.args, ownTaskId);
    },

    async run(sent, context) {
      const parsed = parseManageTasksArguments(sent);
      if (!parsed.ok) return { ...failed(wrongArguments(parsed.message)), isBadArguments: true };
      const { args } = parsed;
      try {
        const answer = await manageTasks(tasks, args, await context.caller(), backgroundPolicy(context));
        const content = JSON.stringify(answer);
        return { content, isError: false, endsWork: endsOwnWork(args, context.ownTaskId) };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return failed(refusedCall(error));
      }
    },
  };
}

function endsOwnWork(args: ManageTasksArguments, ownTaskId: string | undefined): boolean {
  return (
    args.action === 'update' && args.id === ownTaskId && args.status !== undefined && ENDING.has(args.status)
  );
}

function failed(answer: Record<string, unknown>): ToolOutcome {
  return { content: JSON.stringify(answer), isError: true };
}
