import { mustBeAllowed } from '../../domain/authorize.ts';
import type { InputRequest } from '../../domain/input-request.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import { readInputRequests } from '../../store/tasks/inputs.ts';
import type { ReadContext } from '../context.ts';

/** The questions of `ids`, in their order, in one statement; undefined where there is none. Throws `FORBIDDEN`. */
export async function questionsById(
  { pool }: ReadContext,
  caller: Caller,
  ids: readonly string[],
): Promise<(InputRequest | undefined)[]> {
  mustBeAllowed(caller, 'task.read');
  return readInputRequests(pool, ids);
}

/** The open question of each task that waits for input, by the task's id, in one statement. Throws `FORBIDDEN`. */
export async function readOpenQuestions(
  { pool }: ReadContext,
  caller: Caller,
  tasks: readonly Task[],
): Promise<ReadonlyMap<string, InputRequest>> {
  mustBeAllowed(caller, 'task.read');
  const ids = tasks.flatMap(({ inputRequestId }) => (inputRequestId === null ? [] : [inputRequestId]));
  const questions = ids.length > 0 ? await readInputRequests(pool, ids) : [];
  return new Map(questions.flatMap((question) => (question ? [[question.taskId, question]] : [])));
}
