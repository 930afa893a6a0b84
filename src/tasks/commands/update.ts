import { z } from 'zod';
import { invalid } from '../../core/errors.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import { hasLiveLease, type Task } from '../../domain/task.ts';
import type { TaskPatch } from '../../store/tasks/change.ts';
import type { TaskContext } from '../context.ts';
import { moveFields, parseInput, TASK_CHANGES } from '../fields.ts';
import { isOwnRun, leaseHeld, mayMove, moveEvent, mustNotBeFinal } from '../rules.ts';
import { changeTask } from './change.ts';
import { unknownAgent } from './create.ts';

const schema = z.object({ ...moveFields, ...TASK_CHANGES });
export type UpdateTaskInput = z.input<typeof schema>;

const FIELDS = Object.keys(TASK_CHANGES) as (keyof typeof TASK_CHANGES)[];
type Changed = Record<string, { from: unknown; to: unknown }>;

/**
 * Changes the fields of a task, not its status; the old and new value of each field are recorded. Absent fields stay,
 * null removes a value. Equal values write nothing. Throws `VALIDATION`, `NOT_FOUND`, `FORBIDDEN`,
 * `ILLEGAL_TRANSITION` for a final task, `VERSION_CONFLICT`, or `LEASE_HELD` for another agent while a run holds it.
 */
export async function updateTask(tasks: TaskContext, caller: Caller, input: UpdateTaskInput): Promise<Task> {
  mustBeAllowed(caller, 'task.move');
  const parsed = parseInput(schema, input);
  if (FIELDS.every((field) => parsed[field] === undefined)) {
    throw invalid([{ path: [], message: `set at least one of ${FIELDS.join(', ')}` }]);
  }
  return changeTask(tasks, caller, parsed, (task) => {
    mustNotBeFinal(task);
    if (caller.role === 'agent' && !isOwnRun(task, caller)) mayMove(task, caller);
    const { patch, changed } = difference(task, parsed);
    if (Object.keys(changed).length === 0) return undefined;
    if (patch.agent !== undefined) {
      if (patch.agent !== null && !tasks.knowsAgent(patch.agent))
        throw unknownAgent(patch.agent, tasks.agentNames());
      if (hasLiveLease(task))
        throw leaseHeld(task, `Run ${task.runId}`, 'its agent cannot be changed while it runs.');
    }
    return {
      id: task.id,
      from: task.status,
      to: task.status,
      lease: patch.agent === undefined ? { kind: 'any' } : { kind: 'free' },
      version: task.version,
      ...(patch.agent !== undefined && { agentWas: task.agent }),
      patch,
      events: [
        {
          ...moveEvent(
            'task.updated',
            { from: task.status, to: task.status },
            { caller, reason: parsed.reason },
            changed,
          ),
          from: null,
          to: null,
        },
      ],
    };
  });
}

function difference(task: Task, wanted: Omit<UpdateTaskInput, 'id'>): { patch: TaskPatch; changed: Changed } {
  const patch: Record<string, unknown> = {};
  const changed: Changed = {};
  for (const field of FIELDS) {
    const from = task[field];
    const to = wanted[field];
    const same = from instanceof Date && to instanceof Date ? from.getTime() === to.getTime() : from === to;
    if (to === undefined || same) continue;
    patch[field] = to;
    changed[field] = { from, to };
  }
  return { patch, changed };
}
