import { z } from 'zod';
import { newId } from '../../core/ids.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskContext } from '../context.ts';
import { line, moveFields, parseInput } from '../fields.ts';
import { mayMove, moveEvent, mustBeLegal } from '../rules.ts';
import { changeTask } from './change.ts';

const schema = z.object({
  ...moveFields,
  question: line(LIMITS.questionCharacters),
  /** The tool call that asks; the next run returns the answer to the model as the result of this call. */
  toolCallId: z.string().max(256).optional(),
});
export type RequestInputInput = z.input<typeof schema>;

/**
 * in_progress → needs_input, with a question for a person. A run that asks ends and releases its lease; the answer
 * starts the next run.
 * Throws `VALIDATION`, `NOT_FOUND`, `FORBIDDEN`, `ILLEGAL_TRANSITION`, `VERSION_CONFLICT`, `LEASE_HELD`.
 */
export async function requestInput(
  tasks: TaskContext,
  caller: Caller,
  input: RequestInputInput,
): Promise<Task> {
  const parsed = parseInput(schema, input);
  return changeTask(tasks, caller, parsed, (task) => {
    mustBeLegal(task, 'needs_input');
    const move = { from: task.status, to: 'needs_input' } as const;
    const id = newId('inputRequest');
    const data = { inputRequestId: id, question: parsed.question };
    return {
      ...move,
      id: task.id,
      lease: mayMove(task, caller),
      patch: { inputRequestId: id },
      events: [moveEvent('task.input_requested', move, { caller, reason: parsed.reason }, data)],
      endRun: { outcome: 'asked', error: null },
      ask: {
        id,
        question: parsed.question,
        askedBy: caller.actor,
        runId: caller.run?.runId ?? null,
        toolCallId: parsed.toolCallId ?? null,
      },
    };
  });
}
