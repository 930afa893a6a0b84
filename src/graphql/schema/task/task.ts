import { LIMITS } from '../../../domain/limits.ts';
import { allowedMoves, isFinal } from '../../../domain/status.ts';
import { type TaskError, waitingReason } from '../../../domain/task.ts';
import { builder } from '../../builder.ts';
import type { GraphQLContext } from '../../context.ts';
import type { ShownTask } from '../../models.ts';
import { ActorRef } from '../actor.ts';
import { AgentRef, shownAgent } from '../agent.ts';
import { TaskSourceEnum, TaskStatusEnum, WaitingReasonEnum } from '../enums.ts';
import { InputRequestRef } from './input-request.ts';
import { RunRef } from './run.ts';

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

/** More runs than this a task never shows; the newest count. */
const MAX_RUNS_SHOWN = 100;

/** Oldest first, as Prisma is asked. */
const OLDEST_FIRST = [{ createdAt: 'asc' as const }, { id: 'asc' as const }];

/** When nothing is compared with the clock, none is read. */
const ANY_TIME = new Date(0);

/** Why a task waits, by the clock of the moment it was read, or by the present where that is not known. */
async function reasonOf(task: ShownTask, { services, loaders }: GraphQLContext) {
  const until = task.lease ? task.lease.until : task.leaseUntil;
  const needsClock = !isFinal(task.status) && (until || task.notBefore);
  const waiting = {
    status: task.status,
    agent: task.agent,
    notBefore: task.notBefore,
    lease: until ? { until } : null,
    readAt: task.readAt ?? (needsClock ? await loaders.now() : ANY_TIME),
  };
  return waitingReason(waiting, services.tasks.knowsAgent);
}

export const TaskRef = builder.prismaNode('Task', {
  description:
    'A piece of work with a title, a status and a history. It outlives sessions, context windows and processes.',
  id: { field: 'id' },
  nullable: true,
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
      resolve: (task, _args, context) => reasonOf(task, context),
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
    // By SQL: it is on the hottest page there is, where it took a fifth of the CPU through Prisma.
    inputRequest: t.field({
      type: InputRequestRef,
      nullable: true,
      description: 'The question it waits on; null unless it is NEEDS_INPUT.',
      resolve: async ({ inputRequestId }, _args, { loaders }) =>
        inputRequestId === null ? null : ((await loaders.question.load(inputRequestId)) ?? null),
    }),
    allowedTransitions: t.field({
      type: [TaskStatusEnum],
      description: 'The statuses it may move to from here; empty when it is final.',
      resolve: (task) => [...allowedMoves(task.status)],
    }),
    parent: t.relation('parent', {
      nullable: true,
      description: 'The task that this is a part of.',
    }),
    subtasks: t.relation('subtasks', {
      description: `Its parts, oldest first; ${LIMITS.subtasks} at most, ${LIMITS.subtaskDepth} levels deep.`,
      query: { orderBy: OLDEST_FIRST },
    }),
    retryOf: t.relation('original', {
      nullable: true,
      description: 'The final task that this one tries again.',
    }),
    retries: t.relation('retries', {
      description: 'The tasks that try this one again, oldest first.',
      query: { orderBy: OLDEST_FIRST },
    }),
    runs: t.field({
      type: [RunRef],
      description: "Its agent's runs, oldest first; the newest 100.",
      select: (_args, _context, nestedSelection) => ({
        runs: nestedSelection({ orderBy: { number: 'desc' }, take: MAX_RUNS_SHOWN }),
      }),
      resolve: ({ runs }) => runs.toReversed(),
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
