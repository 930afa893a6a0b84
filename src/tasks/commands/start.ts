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
 * Takes a tracked task: pending → in_progress. A task that has an agent is that agent's to start: `LEASE_HELD`
 * until the agent is taken off it. Throws also `NOT_FOUND`, `FORBIDDEN`, `ILLEGAL_TRANSITION`, `VERSION_CONFLICT`.
 */
export async function startTask(tasks: TaskContext, caller: Caller, input: StartTaskInput): Promise<Task> {
  const parsed = parseInput(schema, input);
  return changeTask(tasks, caller, parsed, (task) => {
    if (task.status === 'needs_input')
      throw illegalMove(task, 'in_progress', ' It goes on when its question is answered.');
    if (task.status !== 'pending') throw illegalMove(task, 'in_progress');
    const lease = mayMove(task, caller);
    if (task.agent !== null) {
      throw leaseHeld(
        task,
        `Agent ${task.agent}`,
        'it works on this in the background; take the agent off first (updateTask with agent null).',
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
