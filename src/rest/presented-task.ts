import { allowedMoves } from '../domain/status.ts';
import { type Task, waitingReason } from '../domain/task.ts';
import { type InputRequest, readInputRequests } from '../store/tasks/inputs.ts';
import type { TaskJson } from './contracts/task.ts';
import type { Reply } from './endpoint.ts';
import type { RestServices } from './services.ts';

function present(task: Task, question: InputRequest | undefined, { tasks }: RestServices): TaskJson {
  return {
    id: task.id,
    title: task.title,
    description: task.description,
    status: task.status,
    reason: waitingReason(task, tasks.knowsAgent),
    source: task.source,
    created_by: task.createdBy,
    agent: task.agent,
    priority: task.priority,
    not_before: task.notBefore?.toISOString() ?? null,
    attempts: task.attempts,
    result: task.result ?? null,
    error: task.error,
    input_request: question
      ? {
          id: question.id,
          question: question.question,
          asked_by: question.askedBy,
          asked_at: question.askedAt.toISOString(),
        }
      : null,
    allowed_transitions: [...allowedMoves(task.status)],
    parent_id: task.parentId,
    retry_of: task.retryOf,
    trigger_id: task.triggerId,
    version: task.version,
    created_at: task.createdAt.toISOString(),
    started_at: task.startedAt?.toISOString() ?? null,
    updated_at: task.updatedAt.toISOString(),
    finished_at: task.finishedAt?.toISOString() ?? null,
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
