import { LIMITS } from '../../../domain/limits.ts';
import { allowedMoves } from '../../../domain/status.ts';
import { type Task, type TaskError, waitingReason } from '../../../domain/task.ts';
import { builder } from '../../builder.ts';
import { ActorRef } from '../actor.ts';
import { AgentRef, shownAgent } from '../agent.ts';
import { TaskSourceEnum, TaskStatusEnum, WaitingReasonEnum } from '../enums.ts';
import { InputRequestRef } from './input-request.ts';
import { RunRef } from './run.ts';

export const TaskRef = builder.objectRef<Task>('Task');

const TaskErrorRef = builder.objectRef<TaskError>('TaskError').implement({
  description: 'Why a task failed, or a run did.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description:
        'Lower-case words to branch on, such as `poison`, `rate_limited` or what failTask was given.',
    }),
    message: t.exposeString('message', { description: 'For a person to read.' }),
  }),
});

export { TaskErrorRef };

builder.node(TaskRef, {
  description:
    'A piece of work with a title, a status and a history. It outlives sessions, context windows and processes.',
  id: { resolve: (task) => task.id },
  isTypeOf: (value) =>
    typeof value === 'object' && value !== null && 'runNumber' in value && 'title' in value,
  loadManyWithoutCache: (ids, { loaders }) => ids.map((id) => loaders.task.load(id)),
  fields: (t) => ({
    title: t.exposeString('title', {
      description: `What is to be done; ${LIMITS.titleCharacters} characters at most.`,
    }),
    description: t.exposeString('description', {
      nullable: true,
      description: `The details; ${LIMITS.descriptionBytes / 1024} KiB at most.`,
    }),
    status: t.expose('status', { type: TaskStatusEnum, description: 'Where it stands.' }),
    reason: t.field({
      type: WaitingReasonEnum,
      nullable: true,
      description: 'Why it is not being worked on at this moment; null while it runs and once it is final.',
      resolve: (task, _args, { services }) => waitingReason(task, services.tasks.knowsAgent),
    }),
    source: t.expose('source', { type: TaskSourceEnum, description: 'Where it came from.' }),
    createdBy: t.expose('createdBy', { type: ActorRef, description: 'Who made it.' }),
    agent: t.field({
      type: AgentRef,
      nullable: true,
      description:
        'The agent that works on it in the background; null for a tracked task, which waits for whoever takes it.',
      resolve: (task, _args, { services }) => (task.agent === null ? null : shownAgent(services, task.agent)),
    }),
    priority: t.exposeInt('priority', {
      description: `${LIMITS.minPriority} to ${LIMITS.maxPriority}, higher first; within one priority the oldest first.`,
    }),
    notBefore: t.expose('notBefore', {
      type: 'DateTime',
      nullable: true,
      description: 'No run starts before this moment; null: at once.',
    }),
    attempts: t.exposeInt('attempts', {
      description: 'Runs that failed since the last answer; at 5 the task fails.',
    }),
    result: t.expose('result', {
      type: 'JSON',
      nullable: true,
      description: 'What came of it, once it is COMPLETED; a background run gives `{ "text": … }`.',
    }),
    error: t.expose('error', {
      type: TaskErrorRef,
      nullable: true,
      description: 'Why it FAILED; null otherwise.',
    }),
    inputRequest: t.field({
      type: InputRequestRef,
      nullable: true,
      description: 'The question it waits on; null unless it is NEEDS_INPUT.',
      resolve: async (task, _args, { loaders }) =>
        task.inputRequestId === null
          ? null
          : ((await loaders.inputRequest.load(task.inputRequestId)) ?? null),
    }),
    allowedTransitions: t.field({
      type: [TaskStatusEnum],
      description: 'The statuses it may move to from here; empty when it is final.',
      resolve: (task) => [...allowedMoves(task.status)],
    }),
    parent: t.field({
      type: TaskRef,
      nullable: true,
      description: 'The task that this is a part of.',
      resolve: async (task, _args, { loaders }) =>
        task.parentId === null ? null : ((await loaders.task.load(task.parentId)) ?? null),
    }),
    subtasks: t.field({
      type: [TaskRef],
      description: `Its parts, oldest first; ${LIMITS.subtasks} at most, ${LIMITS.subtaskDepth} levels deep.`,
      resolve: async (task, _args, { loaders }) => [...(await loaders.subtasks.load(task.id))],
    }),
    retryOf: t.field({
      type: TaskRef,
      nullable: true,
      description: 'The final task that this one tries again.',
      resolve: async (task, _args, { loaders }) =>
        task.retryOf === null ? null : ((await loaders.task.load(task.retryOf)) ?? null),
    }),
    retries: t.field({
      type: [TaskRef],
      description: 'The tasks that try this one again, oldest first.',
      resolve: async (task, _args, { loaders }) => [...(await loaders.retries.load(task.id))],
    }),
    runs: t.field({
      type: [RunRef],
      description: "Its agent's runs, oldest first; the newest 100.",
      resolve: async (task, _args, { loaders }) => [...(await loaders.runs.load(task.id))],
    }),
    version: t.exposeInt('version', {
      description:
        'Rises by one per event: the seq of the last one. Give it as `expectedVersion` to change only what you have seen.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was first taken up.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When anything about it last changed.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it became final.',
    }),
  }),
});
