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
  description: 'The error of a failed task.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description:
        'The error code for programs, in lower case, such as `poison`, `rate_limited` or the code given to `failTask`.',
    }),
    message: t.exposeString('message', { description: 'The error message, for people.' }),
  }),
});

/** The maximum number of runs that a task shows, the newest ones. */
const MAX_RUNS_SHOWN = 100;

/** The order for Prisma: the oldest first. */
const OLDEST_FIRST = [{ createdAt: 'asc' as const }, { id: 'asc' as const }];

/** Used when nothing is compared with the clock, so that the clock is not read. */
const ANY_TIME = new Date(0);

/** Why a task waits, at the time when it was read, or now if that time is not known. */
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
      description: `What has to be done; at most ${LIMITS.titleCharacters} characters.`,
    }),
    description: t.exposeString('description', {
      nullable: true,
      description: `The details; at most ${LIMITS.descriptionBytes / 1024} KiB. Null: none.`,
    }),
    status: t.expose('status', { type: TaskStatusEnum, description: 'The current status.' }),
    reason: t.field({
      type: WaitingReasonEnum,
      nullable: true,
      description: 'Why the task is waiting. Null while it is being worked on, and when it is final.',
      resolve: (task, _args, context) => reasonOf(task, context),
    }),
    source: t.expose('source', { type: TaskSourceEnum, description: 'Where it came from.' }),
    createdBy: t.expose('createdBy', { type: ActorRef, description: 'Who created it.' }),
    agent: t.field({
      type: AgentRef,
      nullable: true,
      description:
        'The agent that works on it in the background. Null: the task is tracked; a caller starts and completes it.',
      resolve: (task, _args, { services }) => (task.agent === null ? null : shownAgent(services, task.agent)),
    }),
    priority: t.exposeInt('priority', {
      description: `From ${LIMITS.minPriority} to ${LIMITS.maxPriority}. Tasks with a higher priority are worked on first; with equal priority, the oldest first.`,
    }),
    notBefore: t.expose('notBefore', {
      type: 'DateTime',
      nullable: true,
      description: 'No run starts before this time. Null: no limit.',
    }),
    attempts: t.exposeInt('attempts', {
      description: 'The number of failed runs since the last answer. At 5 the task fails.',
    }),
    result: t.expose('result', {
      type: 'JSON',
      nullable: true,
      description: 'The result of a COMPLETED task. The result of a run is `{ "text": … }`.',
    }),
    error: t.expose('error', {
      type: TaskErrorRef,
      nullable: true,
      description: 'The error of a FAILED task. Null otherwise.',
    }),
    // By SQL: it is part of the most used page, and took a fifth of its CPU time through Prisma.
    inputRequest: t.field({
      type: InputRequestRef,
      nullable: true,
      description: 'The open question. Null unless the status is NEEDS_INPUT.',
      resolve: async ({ inputRequestId }, _args, { loaders }) =>
        inputRequestId === null ? null : ((await loaders.question.load(inputRequestId)) ?? null),
    }),
    allowedTransitions: t.field({
      type: [TaskStatusEnum],
      description: 'The statuses that it can change to. Empty: its status is final.',
      resolve: (task) => [...allowedMoves(task.status)],
    }),
    parent: t.relation('parent', {
      nullable: true,
      description: 'The parent task. Null: it is not a subtask.',
    }),
    subtasks: t.relation('subtasks', {
      description: `Its subtasks, the oldest first; at most ${LIMITS.subtasks} per task, ${LIMITS.subtaskDepth} levels deep.`,
      query: { orderBy: OLDEST_FIRST },
    }),
    retryOf: t.relation('original', {
      nullable: true,
      description: 'The final task that this task retries. Null for other tasks.',
    }),
    retries: t.relation('retries', {
      description: 'The tasks that retry this task, the oldest first.',
      query: { orderBy: OLDEST_FIRST },
    }),
    runs: t.field({
      type: [RunRef],
      description: 'The newest 100 runs, the oldest of them first.',
      select: (_args, _context, nestedSelection) => ({
        runs: nestedSelection({ orderBy: { number: 'desc' }, take: MAX_RUNS_SHOWN }),
      }),
      resolve: ({ runs }) => runs.toReversed(),
    }),
    version: t.exposeInt('version', {
      description:
        'The `seq` of its last event; it increases by one with each event. Send it as `expectedVersion` to change the task only if nobody else has changed it.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was first started. Null: not started yet.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it was last changed.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it became final. Null: not final yet.',
    }),
  }),
});
