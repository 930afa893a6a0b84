import { Refusal } from '../../core/errors.ts';
import { isId } from '../../core/ids.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskChange } from '../../store/tasks/change.ts';
import { readTask } from '../../store/tasks/read.ts';
import type { TaskContext } from '../context.ts';
import { mustHaveVersion, mustStillHold, notFound } from '../rules.ts';

/** A change is tried again if the task changed since it was read; so many attempts cover any normal contention. */
const MAX_ATTEMPTS = 20;

/** The task to change, and the version that its caller has seen. */
export interface ChangeTarget {
  readonly id: string;
  readonly expectedVersion?: number | undefined;
}

/**
 * Reads the task, calls `decide` for the change (or a refusal), and writes it if the task has not changed since the
 * read; otherwise repeats this. Every write of a run, to any task, is fenced by the run's lease.
 * Throws `NOT_FOUND`, the errors of `decide`, `LEASE_HELD` if the calling run lost its lease meanwhile, or
 * `VERSION_CONFLICT` if the task does not have the expected version or changed at every attempt.
 */
export async function changeTask(
  tasks: TaskContext,
  caller: Caller,
  { id, expectedVersion }: ChangeTarget,
  decide: (task: Task) => TaskChange | undefined,
): Promise<Task> {
  if (!isId('task', id)) throw notFound(id);
  let task: Task | undefined;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    task = await readTask(tasks.pool, id);
    if (!task) throw notFound(id);
    mustHaveVersion(task, expectedVersion);
    const change = decide(task);
    if (!change) return task;
    const changed = await tasks.writer.change({
      ...change,
      ...(expectedVersion !== undefined && { version: expectedVersion }),
      ...(caller.run && { by: caller.run }),
    });
    if (changed) return changed;
    await mustStillHold(tasks, caller);
  }
  throw new Refusal('VERSION_CONFLICT', 'The task changed during every attempt; read it again and retry.', {
    ...(task && { currentVersion: task.version }),
  });
}
