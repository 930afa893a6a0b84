import { type Task, waitingReason } from '../../domain/task.ts';
import { type InputRequest, readInputRequests } from '../../store/tasks/inputs.ts';
import { taskAsJson } from '../../tasks/as-json.ts';
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

/** Tasks as REST shows them, their open questions read in one statement. */
export async function presentTasks(services: RestServices, tasks: readonly Task[]): Promise<TaskJson[]> {
  const open = tasks.filter((task) => task.inputRequestId !== null);
  const ids = open.map((task) => task.inputRequestId ?? '');
  const questions = ids.length > 0 ? await readInputRequests(services.pool, ids) : [];
  const byTask = new Map(open.map((task, index) => [task.id, questions[index]]));
  return tasks.map((task) => present(task, byTask.get(task.id), services));
}

/** One task as an answer, with its ETag. */
export async function taskReply(
  services: RestServices,
  task: Task,
  more: Pick<Reply, 'status'> & Partial<Reply> = { status: 200 },
): Promise<Reply> {
  const [json] = await presentTasks(services, [task]);
  return { json, etag: { version: task.version }, resourceId: task.id, ...more };
}

export function taskPath(id: string): string {
  return `/api/v1/tasks/${id}`;
}
