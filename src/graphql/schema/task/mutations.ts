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

/** A mutation that gives the task as it is now. */
function taskMutation<Input>({ run, ...options }: TaskMutation<Input>): void {
  const payload = builder.objectRef<{ task: Task }>(`${capitalized(options.name)}Payload`).implement({
    description: `What ${options.name} gives when it was done.`,
    fields: (t) => ({ task: t.expose('task', { type: TaskRef, description: 'The task as it is now.' }) }),
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
const REASON = `Why, for the record; ${LIMITS.reasonCharacters} characters at most.`;
const EXPECTED = 'Only if the task is still at this version.';
const KEY = `The same key with the same input gives the same task for 24 hours, however often it is sent; ${LIMITS.idempotencyKeyCharacters} characters at most.`;
const PRIORITY = fieldText('priority');
const AGENT = fieldText('agent');
const TITLE = fieldText('title');
const DESCRIPTION = fieldText('description');
const NOT_BEFORE = fieldText('notBefore');

const CreateTaskInput = builder.inputType('CreateTaskInput', {
  description: 'A new task. With an agent it is background work; without one it is tracked.',
  fields: (t) => ({
    title: t.string({ required: true, description: TITLE }),
    description: t.string({ description: DESCRIPTION }),
    agent: t.string({ description: `${AGENT} Absent: tracked, and waits for whoever takes it.` }),
    priority: t.int({ description: `${PRIORITY} Default: ${TASK_DEFAULTS.priority}.` }),
    parentId: t.id({
      description: `The task that it is a part of; ${LIMITS.subtasks} parts at most, ${LIMITS.subtaskDepth} levels deep.`,
    }),
    notBefore: t.field({ type: 'DateTime', description: NOT_BEFORE }),
    source: t.field({
      type: TaskSourceEnum,
      description: 'API or DASHBOARD, as far as the key may; its first when nothing is said.',
    }),
    idempotencyKey: t.string({ description: KEY }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'createTask',
  description: 'Makes a task. With `agent`, that agent works on it in the background at once.',
  input: CreateTaskInput,
  errors: ['ValidationError', 'ForbiddenError', 'ConflictError'],
  run: (tasks, caller, input) => createTask(tasks, caller, given(input)),
});

const UpdateTaskInput = builder.inputType('UpdateTaskInput', {
  description:
    'Changes of what a task says. Absent fields stay as they are; null empties where it is allowed.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    title: t.string({ description: TITLE }),
    description: t.string({ description: `${DESCRIPTION} Null empties it.` }),
    agent: t.string({ description: `${AGENT} Null takes it off: the task is tracked.` }),
    priority: t.int({ description: PRIORITY }),
    notBefore: t.field({ type: 'DateTime', description: `${NOT_BEFORE} Null: at once.` }),
    expectedVersion: t.int({ description: EXPECTED }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'updateTask',
  description: 'Changes what a task says, not where it stands. The same values again write nothing.',
  input: UpdateTaskInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => updateTask(tasks, caller, given(input, 'description', 'agent', 'notBefore')),
});

const StartTaskInput = builder.inputType('StartTaskInput', {
  description: 'Takes up a tracked task.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    expectedVersion: t.int({ description: EXPECTED }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'startTask',
  description:
    'PENDING → IN_PROGRESS, for a tracked task. A task with an agent is started by its agent alone.',
  input: StartTaskInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => startTask(tasks, caller, given(input)),
});

const CompleteTaskInput = builder.inputType('CompleteTaskInput', {
  description: 'Ends a task as done.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    result: t.field({
      type: 'JSON',
      description: `What came of it; ${LIMITS.jsonBytes / 1024} KiB of JSON at most.`,
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
  description: 'Ends a task as given up.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    code: t.string({
      required: true,
      description: `Lower-case words to branch on, such as \`out_of_budget\`; ${LIMITS.errorCodeCharacters} characters at most.`,
    }),
    message: t.string({
      required: true,
      description: `Why, to read; ${LIMITS.errorMessageCharacters} characters at most.`,
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
  description: 'Asks a person.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    question: t.string({
      required: true,
      description: `What is asked; ${LIMITS.questionCharacters} characters at most.`,
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
      description: 'The question that is answered, so that no other is answered by mistake.',
    }),
    answer: t.field({
      type: 'JSON',
      required: true,
      description: `Any JSON; ${LIMITS.jsonBytes / 1024} KiB at most.`,
    }),
    expectedVersion: t.int({ description: EXPECTED }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'provideTaskInput',
  description:
    'NEEDS_INPUT → IN_PROGRESS, with the answer; the agent goes on from it. NOT_WAITING when nobody waits for it.',
  input: ProvideTaskInputInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => provideInput(tasks, caller, { ...given(input), answer: input.answer }),
});

const CancelTaskInput = builder.inputType('CancelTaskInput', {
  description: 'Stops a task.',
  fields: (t) => ({
    id: t.id({ required: true, description: ID }),
    expectedVersion: t.int({ description: EXPECTED }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'cancelTask',
  description: 'Any active status → CANCELLED, whoever holds it; a run in flight is aborted within a second.',
  input: CancelTaskInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => cancelTask(tasks, caller, given(input)),
});

const RetryTaskInput = builder.inputType('RetryTaskInput', {
  description: 'Tries a final task again.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The final task: `task_…`.' }),
    idempotencyKey: t.string({ description: KEY }),
    reason: t.string({ description: REASON }),
  }),
});

taskMutation({
  name: 'retryTask',
  description:
    'Makes a new task like a final one, that points at it (`retryOf`); the old one stays as it is.',
  input: RetryTaskInput,
  errors: MOVE_ERRORS,
  run: (tasks, caller, input) => retryTask(tasks, caller, given(input)),
});
