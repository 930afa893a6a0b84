import { z } from 'zod';
import { Refusal } from '../../core/errors.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskContext } from '../context.ts';
import { json, moveFields, parseInput } from '../fields.ts';
import { moveEvent } from '../rules.ts';
import { changeTask } from './change.ts';

const schema = z.object({ ...moveFields, inputRequestId: z.string().nullish(), answer: json });
export type ProvideInputInput = z.input<typeof schema>;

/**
 * needs_input → in_progress, with the answer (any JSON) to the open input request; `inputRequestId` makes sure that it
 * is the one the caller has read. The count of attempts restarts at 0. Throws `VALIDATION`, `NOT_FOUND`, `FORBIDDEN`,
 * `VERSION_CONFLICT`, or `NOT_WAITING` if this input request is not open.
 */
export async function provideInput(
  tasks: TaskContext,
  caller: Caller,
  input: ProvideInputInput,
): Promise<Task> {
  mustBeAllowed(caller, 'task.answer');
  const parsed = parseInput(schema, input);
  if (parsed.answer === undefined) parsed.answer = null;
  return changeTask(tasks, caller, parsed, (task) => {
    const inputRequestId = openQuestion(task, parsed.inputRequestId ?? undefined);
    const move = { from: task.status, to: 'in_progress' } as const;
    return {
      ...move,
      id: task.id,
      lease: { kind: 'free' },
      version: task.version,
      patch: { inputRequestId: null, attempts: 0 },
      events: [
        moveEvent(
          'task.input_provided',
          move,
          { caller, reason: parsed.reason },
          { inputRequestId, answer: parsed.answer },
        ),
      ],
      answer: { id: inputRequestId, answer: parsed.answer, answeredBy: caller.actor },
    };
  });
}

function openQuestion(task: Task, wanted: string | undefined): string {
  if (task.status !== 'needs_input' || task.inputRequestId === null) {
    throw new Refusal('NOT_WAITING', `The task is ${task.status} and does not wait for an answer.`);
  }
  if (wanted !== undefined && wanted !== task.inputRequestId) {
    throw new Refusal(
      'NOT_WAITING',
      `The task waits for an answer to ${task.inputRequestId}, not to ${wanted.slice(0, 100)}.`,
    );
  }
  return task.inputRequestId;
}
