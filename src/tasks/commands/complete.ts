import { z } from 'zod';
import type { NewEvent } from '../../domain/events.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskContext } from '../context.ts';
import { json, moveFields, parseInput } from '../fields.ts';
import { leaseHeld, mayMove, moveEvent, mustBeLegal } from '../rules.ts';
import { changeTask } from './change.ts';

const schema = z.object({ ...moveFields, result: json.optional() });
export type CompleteTaskInput = z.input<typeof schema>;

export interface CompleteTaskOptions {
  /** Set only by the tool `manage_tasks`: a pending tracked task is started and completed in one write. */
  readonly startIfPending?: boolean;
}

/**
 * in_progress → completed, with a result (any JSON). Throws `VALIDATION`, `NOT_FOUND`, `FORBIDDEN`,
 * `ILLEGAL_TRANSITION`, `VERSION_CONFLICT`, or `LEASE_HELD` while the run of another caller holds it.
 */
export async function completeTask(
  tasks: TaskContext,
  caller: Caller,
  input: CompleteTaskInput,
  options: CompleteTaskOptions = {},
): Promise<Task> {
  const parsed = parseInput(schema, input);
  const by = { caller, reason: parsed.reason };
  return changeTask(tasks, caller, parsed, (task) => {
    const startsToo = options.startIfPending === true && task.status === 'pending';
    if (!startsToo) mustBeLegal(task, 'completed');
    const lease = mayMove(task, caller);
    if (startsToo && task.agent !== null)
      throw leaseHeld(task, `Agent ${task.agent}`, 'the agent executes it in the background.');
    const completed = moveEvent('task.completed', { from: 'in_progress', to: 'completed' }, by, null);
    const events: NewEvent[] = startsToo
      ? [moveEvent('task.started', { from: 'pending', to: 'in_progress' }, by, null), completed]
      : [completed];
    return {
      id: task.id,
      from: task.status,
      to: 'completed',
      lease,
      ...(startsToo && { agentWas: null }),
      patch: {
        ...(parsed.result !== undefined && { result: parsed.result }),
        ...(startsToo && { takenBy: caller.actor.id }),
      },
      events,
      endRun: { outcome: 'completed', error: null },
    };
  });
}
