import { z } from 'zod';
import { LIMITS } from '../../domain/limits.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskContext } from '../context.ts';
import { line, moveFields, parseInput } from '../fields.ts';
import { mayMove, moveEvent, mustBeLegal } from '../rules.ts';
import { changeTask } from './change.ts';

const schema = z.object({
  ...moveFields,
  code: line(LIMITS.errorCodeCharacters).refine((code) => /^[a-z][a-z0-9_]*$/.test(code), {
    error: 'must be lower-case letters, digits and underscores, such as out_of_budget',
  }),
  message: line(LIMITS.errorMessageCharacters),
});
export type FailTaskInput = z.input<typeof schema>;

/**
 * in_progress → failed, with a code and a message. Throws `VALIDATION`, `NOT_FOUND`, `FORBIDDEN`,
 * `ILLEGAL_TRANSITION`, `VERSION_CONFLICT`, or `LEASE_HELD` while the run of another caller holds it.
 */
export async function failTask(tasks: TaskContext, caller: Caller, input: FailTaskInput): Promise<Task> {
  const parsed = parseInput(schema, input);
  const error = { code: parsed.code, message: parsed.message };
  return changeTask(tasks, caller, parsed, (task) => {
    mustBeLegal(task, 'failed');
    const move = { from: task.status, to: 'failed' } as const;
    return {
      ...move,
      id: task.id,
      lease: mayMove(task, caller),
      patch: { error },
      events: [moveEvent('task.failed', move, { caller, reason: parsed.reason }, error)],
      endRun: { outcome: 'failed', error },
    };
  });
}
