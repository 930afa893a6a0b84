import { z } from 'zod';
import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskContext } from '../context.ts';
import { moveFields, parseInput } from '../fields.ts';
import { illegalMove, leaseHeld, mayMove, moveEvent } from '../rules.ts';
import { changeTask } from './change.ts';

const schema = z.object(moveFields);
export type StartTaskInput = z.input<typeof schema>;

/**
 * Starts a tracked task: pending → in_progress. Only the worker starts a task with an agent: `LEASE_HELD` until the
 * agent is removed from it. Also throws `NOT_FOUND`, `FORBIDDEN`, `ILLEGAL_TRANSITION`, `VERSION_CONFLICT`.
 */
export async function startTask(tasks: TaskContext, caller: Caller, input: StartTaskInput): Promise<Task> {
  const parsed = parseInput(schema, input);
  return changeTask(tasks, caller, parsed, (task) => {
    if (task.status === 'needs_input')
      throw illegalMove(task, 'in_progress', ' It continues when its input request is answered.');
    if (task.status !== 'pending') throw illegalMove(task, 'in_progress');
    const lease = mayMove(task, caller);
    if (task.agent !== null) {
      throw leaseHeld(
        task,
        `Agent ${task.agent}`,
        'the agent executes it in the background; remove the agent first (updateTask with agent null).',
      );
    }
    const move = { from: task.status, to: 'in_progress' } as const;
    return {
      ...move,
      id: task.id,
      lease,
      agentWas: null,
      patch: { takenBy: caller.actor.id },
      events: [moveEvent('task.started', move, { caller, reason: parsed.reason }, null)],
    };
  });
}
