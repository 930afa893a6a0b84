import { Refusal } from '../../core/errors.ts';
import { isId } from '../../core/ids.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import type { TaskChange } from '../../store/tasks/change.ts';
import { readTask } from '../../store/tasks/read.ts';
import type { TaskContext } from '../context.ts';
import { mustHaveVersion, mustStillHold, notFound } from '../rules.ts';

/** A status changes only so often between two looks; more means somebody holds a fight, and the caller should know. */
const MAX_LOOKS = 20;

/** The task that is meant, and the version that its caller saw. */
export interface ChangeTarget {
  readonly id: string;
  readonly expectedVersion?: number | undefined;
}

/**
 * Looks at the task, lets `decide` say what to write (or refuse), and writes it if the task is still as it was seen;
 * otherwise looks again. What a run writes, to whatever task, is fenced by its lease.
 * Throws `NOT_FOUND`, what `decide` throws, `LEASE_HELD` when the run that calls lost its lease meanwhile, or
 * `VERSION_CONFLICT` when the task is not at the version expected, or never came to rest.
 */
export async function changeTask(
  tasks: TaskContext,
  caller: Caller,
  { id, expectedVersion }: ChangeTarget,
  decide: (task: Task) => TaskChange | undefined,
): Promise<Task> {
  if (!isId('task', id)) throw notFound(id);
  let task: Task | undefined;
  for (let look = 0; look < MAX_LOOKS; look += 1) {
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
  throw new Refusal('VERSION_CONFLICT', 'The task kept changing while this was tried: read it again.', {
    ...(task && { currentVersion: task.version }),
  });
}
