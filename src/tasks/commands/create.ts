import { createHash } from 'node:crypto';
import { z } from 'zod';
import { invalid, OperationError, Refusal } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Caller } from '../../domain/permissions.ts';
import { TASK_SOURCES, type TaskSource } from '../../domain/source.ts';
import { isFinal } from '../../domain/status.ts';
import { TASK_DEFAULTS, type Task, type TaskFields } from '../../domain/task.ts';
import { readIdempotency } from '../../store/tasks/idempotency.ts';
import type { IdempotencyClaim, TaskInsert } from '../../store/tasks/insert.ts';
import { readTask } from '../../store/tasks/read.ts';
import type { TaskContext } from '../context.ts';
import { idempotencyKey, NEW_TASK_FIELDS, parseInput, reason, taskId } from '../fields.ts';
import { mustStillHold } from '../rules.ts';

/** The fields that a caller gives; what depends on stored data or the configuration is checked after it. */
export const createTaskSchema = z.object({
  ...NEW_TASK_FIELDS,
  parentId: taskId.nullish(),
  source: z.enum(TASK_SOURCES).nullish(),
  idempotencyKey,
  reason,
});
export type CreateTaskInput = z.input<typeof createTaskSchema>;

export interface MakeOptions {
  /** Called if the idempotency key returned an existing task. */
  readonly onRepeated?: () => void;
}

/**
 * Creates a task. With an `agent` it is executed in the background; without one it is tracked and waits until it
 * is started. The same `idempotencyKey` with the same input returns the same task in its current state, for 24 hours.
 * Throws `VALIDATION`, `FORBIDDEN` or `IDEMPOTENCY_KEY_REUSED`.
 */
export async function createTask(
  tasks: TaskContext,
  caller: Caller,
  input: CreateTaskInput,
  options: MakeOptions = {},
): Promise<Task> {
  mustBeAllowed(caller, 'task.create');
  const {
    parentId,
    source,
    idempotencyKey: key,
    reason: why,
    ...given
  } = parseInput(createTaskSchema, input);
  const task = withDefaults(given);
  if (task.agent !== null && !tasks.knowsAgent(task.agent))
    throw unknownAgent(task.agent, tasks.agentNames());
  const fields = {
    ...task,
    source: sourceOf(caller, source ?? undefined),
    parentId: parentId ?? null,
    retryOf: null,
    reason: why ?? null,
  };
  return insertTask(tasks, caller, 'createTask', key, fields, options);
}

type Given = { readonly [Field in keyof TaskFields]?: TaskFields[Field] | null | undefined };

function withDefaults({ title, ...given }: Given & Pick<TaskFields, 'title'>): TaskFields {
  const set = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return { title, ...TASK_DEFAULTS, ...Object.fromEntries(set) };
}

export function unknownAgent(agent: string, known: readonly string[]): Refusal {
  const names = known.length > 0 ? `use one of: ${known.join(', ')}` : 'no agent is configured';
  return invalid([{ path: ['agent'], message: `unknown agent "${agent.slice(0, 100)}"; ${names}` }]);
}

/** Tasks of a run have the source `agent`; a key chooses among its own sources; only the system sets the others. */
function sourceOf(caller: Caller, wanted: TaskSource | undefined): TaskSource {
  if (caller.run) return 'agent';
  if (caller.actor.kind === 'system') return wanted ?? 'api';
  if (wanted === undefined) return caller.sources[0] ?? 'api';
  if (wanted !== 'api' && wanted !== 'dashboard') {
    throw invalid([
      { path: ['source'], message: `"${wanted}" can only be set by the system; use api or dashboard` },
    ]);
  }
  if (!caller.sources.includes(wanted)) {
    throw new Refusal(
      'FORBIDDEN',
      `This API key cannot use the source ${wanted}; use ${caller.sources.join(', ')}.`,
    );
  }
  return wanted;
}

export type NewTaskFields = TaskFields & Pick<TaskInsert, 'source' | 'parentId' | 'retryOf' | 'reason'>;

/** The common part of `createTask` and `retryTask`: one insert, and the reason if nothing was inserted. */
export async function insertTask(
  tasks: TaskContext,
  caller: Caller,
  operation: 'createTask' | 'retryTask',
  key: string | undefined,
  fields: NewTaskFields,
  { onRepeated }: MakeOptions,
): Promise<Task> {
  const idempotency = key === undefined ? null : claimOf(caller, operation, key, fields);
  const data = {
    ...(fields.parentId !== null && { parentId: fields.parentId }),
    ...(fields.retryOf !== null && { retryOf: fields.retryOf }),
  };
  const made = await tasks.writer.insert({
    ...fields,
    triggerId: null,
    id: newId('task'),
    createdBy: caller.actor,
    actsFor: caller.keyId,
    runId: caller.run?.runId ?? null,
    by: caller.run,
    data: Object.keys(data).length > 0 ? data : null,
    idempotency,
  });
  if (made) return made;
  await mustStillHold(tasks, caller);
  const before = await sameAsBefore(tasks, idempotency);
  if (before) onRepeated?.();
  return before ?? refuseParent(tasks, fields.parentId);
}

function claimOf(caller: Caller, operation: string, key: string, fields: NewTaskFields): IdempotencyClaim {
  // Without what is empty and in a fixed order: a field that a later version adds does not change the hash.
  const set = Object.entries(fields).filter(([, value]) => value !== null);
  const body = JSON.stringify(set.sort(([one], [other]) => (one < other ? -1 : 1)));
  const bodyHash = createHash('sha256').update(body).digest('hex');
  return { actorId: caller.actor.id, key, operation, bodyHash };
}

async function sameAsBefore(tasks: TaskContext, claim: IdempotencyClaim | null): Promise<Task | undefined> {
  const before = claim && (await readIdempotency(tasks.pool, claim));
  if (!before) return undefined;
  if (before.bodyHash !== claim.bodyHash) {
    throw new Refusal(
      'IDEMPOTENCY_KEY_REUSED',
      `The idempotency key was used with a different input, which created ${before.resourceId}; use a new key.`,
    );
  }
  return before.resourceId === null ? undefined : readTask(tasks.pool, before.resourceId);
}

async function refuseParent(tasks: TaskContext, parentId: string | null): Promise<never> {
  if (parentId === null) {
    // The key was in use at the insert, and deleted as too old before it was read here.
    throw new OperationError('UNAVAILABLE', 'The idempotency key has just expired; try again.');
  }
  const parent = await readTask(tasks.pool, parentId);
  const message = !parent
    ? `not found: task ${parentId}`
    : isFinal(parent.status)
      ? `the parent is ${parent.status}; a final task cannot have new subtasks`
      : parent.depth >= LIMITS.subtaskDepth
        ? `subtasks can be at most ${LIMITS.subtaskDepth} levels deep`
        : `a task can have at most ${LIMITS.subtasks} subtasks`;
  throw invalid([{ path: ['parentId'], message }]);
}
