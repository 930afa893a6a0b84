import type { InputRef } from '@pothos/core';
import { LIMITS } from '../../../domain/limits.ts';
import type { Caller } from '../../../domain/permissions.ts';
import { TASK_DEFAULTS, type Task } from '../../../domain/task.ts';
import { cancelTask } from '../../../tasks/commands/cancel.ts';
import { completeTask } from '../../../tasks/commands/complete.ts';
import { createTask } from '../../../tasks/commands/create.ts';
import { failTask } from '../../../tasks/commands/fail.ts';
import { provideInput } from '../../../tasks/commands/provide-input.ts';
import { requestInput } from '../../../tasks/commands/request-input.ts';
import { retryTask } from '../../../tasks/commands/retry.ts';
import { startTask } from '../../../tasks/commands/start.ts';
import { updateTask } from '../../../tasks/commands/update.ts';
import type { TaskContext } from '../../../tasks/context.ts';
import { fieldText } from '../../../tasks/fields.ts';
import { builder } from '../../builder.ts';
import { TaskSourceEnum } from '../enums.ts';
import type { ErrorTypeName } from '../errors.ts';
import { capitalized, given, mutation } from '../mutation.ts';
import { TaskRef } from './task.ts';

interface TaskMutation<Input> {
  readonly name: string;
  readonly description: string;
  readonly input: InputRef<Input>;
  readonly errors: readonly ErrorTypeName[];
  readonly run: (tasks: TaskContext, caller: Caller, input: Input) => Promise<Task>;
}

/** A mutation that returns the current state of the task. */
function taskMutation<Input>({ run, ...options }: TaskMutation<Input>): void {
  const payload = builder.objectRef<{ task: Task }>(`${capitalized(options.name)}Payload`).implement({
    description: `The payload of ${options.name}.`,
    fields: (t) => ({
      task: t.expose('task', { type: TaskRef, description: 'The current state of the task.' }),
    }),
  });
  mutation({
    ...options,
    payload,
    run: async ({ services, caller }, input) => ({ task: await run(services.tasks, caller, input) }),
  });
}

const MOVE_ERRORS = [
  'ValidationError',
  'NotFoundError',
  'ForbiddenError',
  'IllegalTransitionError',
  'ConflictError',
] as const;

const ID = 'The task: `task_…`.';
const REASON = `The reason, recorded with the event; at most ${LIMITS.reasonCharacters} characters.`;
const EXPECTED = 'The expected version of the task. If it has another version, nothing is changed.';
const KEY = `For 24 hours, the same key with the same input returns the same task; at most ${LIMITS.idempotencyKeyCharacters} characters.`;
const PRIORITY = fieldText('priority');
const AGENT = fieldText('agent');
const TITLE = fieldText('title');
const DESCRIPTION = fieldText('description');
const NOT_BEFORE = fieldText('notBefore');

const CreateTaskInput = builder.inputType('CreateTaskInput', {
  description: 'A new task. With an agent it is executed in the background; without one it is tracked.',
  fields: (t) => ({
    title: t.string({ required: true, description: TITLE }),
    description: t.string({ description: DESCRIPTION }),
    agent: t.string({
      description: `${AGENT} Default: none; the task is tracked and waits until a caller starts it.`,
    }),
    priority: t.int({ description: `${PRIORITY} Default: ${TASK_DEFAULTS.priority}.` }),
    parentId: t.id({
      description: `The parent task; at most ${LIMITS.subtasks} subtasks per task, ${LIMITS.subtaskDepth} levels deep. Default: none.`,
    }),
    notBefore: t.field({ type: 'DateTime', description: NOT_BEFORE }),
    source: t.field({
      type: TaskSourceEnum,
      description:
        'API or DASHBOARD; it must be one of the sources of the API key. Default: the first of them.',
    }),
    idempotencyKey: t.string({ description: KEY }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'createTask',
  description: 'Creates a task. A task with an agent is executed in the background.',
  input: CreateTaskInput,
  errors: ['ValidationError', 'ForbiddenError', 'ConflictError'],
  run: (tasks, caller, input) => createTask(tasks, caller, given(input)),
});

const UpdateTaskInput = builder.inputType('UpdateTaskInput', {
  description: 'Changes to the fields of a task. Absent fields do not change; null clears an optional field.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    title: t.string({ description: TITLE }),
    description: t.string({ description: `${DESCRIPTION} Null: none.` }),
    agent: t.string({ description: `${AGENT} Null: the task becomes tracked.` }),
    priority: t.int({ description: PRIORITY }),
    notBefore: t.field({ type: 'DateTime', description: `${NOT_BEFORE} Null: no limit.` }),
    expectedVersion: t.int({ description: EXPECTED }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'updateTask',
  description:
    'Changes the fields of a task, not its status. If the values are the same, nothing is recorded.',
  input: UpdateTaskInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => updateTask(tasks, caller, given(input, 'description', 'agent', 'notBefore')),
});

const StartTaskInput = builder.inputType('StartTaskInput', {
  description: 'Starts a tracked task.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    expectedVersion: t.int({ description: EXPECTED }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'startTask',
  description:
    'PENDING → IN_PROGRESS, for a tracked task. A task with an agent is started only by its agent.',
  input: StartTaskInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => startTask(tasks, caller, given(input)),
});

const CompleteTaskInput = builder.inputType('CompleteTaskInput', {
  description: 'Completes a task.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    result: t.field({
      type: 'JSON',
      description: `The result; at most ${LIMITS.jsonBytes / 1024} KiB of JSON.`,
    }),
    expectedVersion: t.int({ description: EXPECTED }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'completeTask',
  description: 'IN_PROGRESS → COMPLETED. Refused while a run holds the task.',
  input: CompleteTaskInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => completeTask(tasks, caller, given(input)),
});

const FailTaskInput = builder.inputType('FailTaskInput', {
  description: 'Fails a task.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    code: t.string({
      required: true,
      description: `An error code for programs, in lower case, such as \`out_of_budget\`; at most ${LIMITS.errorCodeCharacters} characters.`,
    }),
    message: t.string({
      required: true,
      description: `The error message for people; at most ${LIMITS.errorMessageCharacters} characters.`,
    }),
    expectedVersion: t.int({ description: EXPECTED }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'failTask',
  description: 'IN_PROGRESS → FAILED. Refused while a run holds the task.',
  input: FailTaskInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => failTask(tasks, caller, given(input)),
});

const RequestTaskInputInput = builder.inputType('RequestTaskInputInput', {
  description: 'Asks a person a question.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    question: t.string({
      required: true,
      description: `The question; at most ${LIMITS.questionCharacters} characters.`,
    }),
    expectedVersion: t.int({ description: EXPECTED }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'requestTaskInput',
  description: 'IN_PROGRESS → NEEDS_INPUT, with a question. Refused while a run holds the task.',
  input: RequestTaskInputInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => requestInput(tasks, caller, given(input)),
});

const ProvideTaskInputInput = builder.inputType('ProvideTaskInputInput', {
  description: 'The answer to the open question.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    inputRequestId: t.id({
      description:
        'The question that is answered. If the task now has another open question, the answer is refused.',
    }),
    answer: t.field({
      type: 'JSON',
      required: true,
      description: `Any JSON; at most ${LIMITS.jsonBytes / 1024} KiB.`,
    }),
    expectedVersion: t.int({ description: EXPECTED }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'provideTaskInput',
  description:
    'NEEDS_INPUT → IN_PROGRESS, with the answer; the agent continues with it. NOT_WAITING if the task has no open question.',
  input: ProvideTaskInputInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => provideInput(tasks, caller, { ...given(input), answer: input.answer }),
});

const CancelTaskInput = builder.inputType('CancelTaskInput', {
  description: 'Cancels a task.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    expectedVersion: t.int({ description: EXPECTED }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'cancelTask',
  description:
    'Any status that is not final → CANCELLED, also while a run holds the task; the run is aborted within a second.',
  input: CancelTaskInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => cancelTask(tasks, caller, given(input)),
});

const RetryTaskInput = builder.inputType('RetryTaskInput', {
  description: 'Retries a final task.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The final task: `task_…`.' }),
    idempotencyKey: t.string({ description: KEY }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'retryTask',
  description:
    'Creates a new task with the fields of a final one. Its `retryOf` is the old task, which does not change.',
  input: RetryTaskInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => retryTask(tasks, caller, given(input)),
});
