import { z } from 'zod';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskContext } from '../context.ts';
import { moveFields, parseInput } from '../fields.ts';
import { moveEvent, mustBeLegal } from '../rules.ts';
import { changeTask } from './change.ts';

const schema = z.object(moveFields);
export type CancelTaskInput = z.input<typeof schema>;

/**
 * Any active status → cancelled, whether or not a run holds the task: a current run loses its lease at once, and its
 * model call is aborted. Throws `NOT_FOUND`, `FORBIDDEN`, `ILLEGAL_TRANSITION` for a final task, `VERSION_CONFLICT`.
 */
export async function cancelTask(tasks: TaskContext, caller: Caller, input: CancelTaskInput): Promise<Task> {
  mustBeAllowed(caller, 'task.cancel');
  const parsed = parseInput(schema, input);
  return changeTask(tasks, caller, parsed, (task) => {
    mustBeLegal(task, 'cancelled');
    const move = { from: task.status, to: 'cancelled' } as const;
    return {
      ...move,
      id: task.id,
      lease: { kind: 'any' },
      patch: { inputRequestId: null },
      events: [moveEvent('task.cancelled', move, { caller, reason: parsed.reason }, null)],
      endRun: { outcome: 'cancelled', error: null },
    };
  });
}
