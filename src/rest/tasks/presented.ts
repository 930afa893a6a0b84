import type { InputRequest } from '../../domain/input-request.ts';
import type { Caller } from '../../domain/permissions.ts';
import { type Task, waitingReason } from '../../domain/task.ts';
import { taskAsJson } from '../../tasks/as-json.ts';
import { readOpenQuestions } from '../../tasks/queries/questions.ts';
import type { Reply } from '../contract/endpoint.ts';
import type { RestServices } from '../services.ts';
import type { TaskJson } from './schema.ts';

function present(task: Task, question: InputRequest | undefined, { tasks }: RestServices): TaskJson {
  return {
    ...taskAsJson(task, question),
    reason: waitingReason(task, tasks.knowsAgent),
    attempts: task.attempts,
  };
}

/** Tasks as REST shows them. Their open questions are read in one statement. */
export async function presentTasks(
  services: RestServices,
  caller: Caller,
  tasks: readonly Task[],
): Promise<TaskJson[]> {
  const questions = await readOpenQuestions(services, caller, tasks);
  return tasks.map((task) => present(task, questions.get(task.id), services));
}

/** One task as a response, with its ETag. */
export async function taskReply(
  services: RestServices,
  caller: Caller,
  task: Task,
  more: Pick<Reply, 'status'> & Partial<Reply> = { status: 200 },
): Promise<Reply> {
  const [json] = await presentTasks(services, caller, [task]);
  return { json, etag: { version: task.version }, ...more };
}

export function taskPath(id: string): string {
  return `/api/v1/tasks/${id}`;
}
