import { z } from 'zod';
import { isId } from '../../core/ids.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import { isFinal } from '../../domain/status.ts';
import { fieldsOf, type Task } from '../../domain/task.ts';
import { readTask } from '../../store/tasks/read.ts';
import type { TaskContext } from '../context.ts';
import { idempotencyKey, parseInput, reason } from '../fields.ts';
import { illegalMove, notFound } from '../rules.ts';
import { insertTask, type MakeOptions, unknownAgent } from './create.ts';

const schema = z.object({ id: z.string(), idempotencyKey, reason });
export type RetryTaskInput = z.input<typeof schema>;

/**
 * Retries a final task: creates a new task with the same title, description, agent, priority and parent, which refers
 * to the old one; the old one does not change. Throws `VALIDATION` if its agent is unknown or its parent takes no
 * subtasks, `NOT_FOUND`, `FORBIDDEN`, `ILLEGAL_TRANSITION` while the task is not final, `IDEMPOTENCY_KEY_REUSED`.
 */
export async function retryTask(
  tasks: TaskContext,
  caller: Caller,
  input: RetryTaskInput,
  options: MakeOptions = {},
): Promise<Task> {
  mustBeAllowed(caller, 'task.create');
  const parsed = parseInput(schema, input);
  const task = isId('task', parsed.id) ? await readTask(tasks.pool, parsed.id) : undefined;
  if (!task) throw notFound(parsed.id);
  if (!isFinal(task.status)) throw illegalMove(task, 'pending', ' Only a final task can be retried.');
  if (task.agent !== null && !tasks.knowsAgent(task.agent))
    throw unknownAgent(task.agent, tasks.agentNames());
  const fields = {
    ...fieldsOf(task),
    notBefore: null,
    source: caller.run ? ('agent' as const) : (caller.sources[0] ?? 'api'),
    parentId: task.parentId,
    retryOf: task.id,
    reason: parsed.reason ?? null,
  };
  return insertTask(tasks, caller, 'retryTask', parsed.idempotencyKey, fields, options);
}
