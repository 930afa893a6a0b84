import { isId } from '../../../core/ids.ts';
import type { TaskFilter } from '../../../domain/filters.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { TASK_STATUSES, type TaskStatus } from '../../../domain/status.ts';
import type { Task } from '../../../domain/task.ts';
import { countTasks, listTasks } from '../../../tasks/queries/list.ts';
import { readTaskStats, type TaskCount } from '../../../tasks/queries/stats.ts';
import { builder } from '../../builder.ts';
import type { GraphQLContext } from '../../context.ts';
import { queryOfPage } from '../../keyset.ts';
import { pageMultiplier, parsePage, toConnection, toFilter } from '../../pages.ts';
import type { Reader } from '../../reader.ts';
import { OrderDirectionEnum, TaskOrderFieldEnum, TaskSourceEnum, TaskStatusEnum } from '../enums.ts';
import { TaskRef } from './task.ts';

const TaskFilterInput = builder.inputType('TaskFilter', {
  description: 'Which tasks. All given fields must match; a list matches with any of its values.',
  fields: (t) => ({
    status: t.field({ type: [TaskStatusEnum], description: 'Tasks in one of these statuses.' }),
    source: t.field({ type: [TaskSourceEnum], description: 'Tasks from one of these sources.' }),
    agent: t.stringList({ description: 'Tasks with one of these agents.' }),
    trigger: t.idList({ description: 'Tasks created by one of these triggers: `trg_…`.' }),
    text: t.string({ description: 'Tasks with this text in the title or description, case-insensitive.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Tasks created after this time.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Tasks created before this time.' }),
  }),
});

const TaskOrderInput = builder.inputType('TaskOrder', {
  description: 'The order of a list of tasks.',
  fields: (t) => ({
    field: t.field({ type: TaskOrderFieldEnum, required: true, description: 'The field to order by.' }),
    direction: t.field({
      type: OrderDirectionEnum,
      required: true,
      description: 'The direction of the order.',
    }),
  }),
});

builder.queryField('task', (t) =>
  t.prismaField({
    type: TaskRef,
    nullable: true,
    description: 'One task. Null: no task has this id.',
    args: { id: t.arg.id({ required: true, description: 'The id: `task_…`.' }) },
    resolve: (query, _root, { id }, { loaders }) =>
      isId('task', id) ? loaders.named('task', id, query) : null,
  }),
);

/** The count for the fields `totalCount` and `totalCountCapped`; counted once, and only if one of them is requested. */
interface Counted {
  readonly count: () => ReturnType<typeof countTasks>;
}

function counter({ services, caller }: GraphQLContext, filter: TaskFilter): Counted {
  let counted: ReturnType<typeof countTasks> | undefined;
  return {
    count: () => {
      counted ??= countTasks(services, caller, filter);
      return counted;
    },
  };
}

/**
 * The tasks with the requested relations, which Prisma reads in one statement. The tasks themselves are read by SQL:
 * this list is the most frequent query, and it searches text.
 */
async function withRelations(
  reader: Reader,
  tasks: readonly Task[],
  { include }: { readonly include?: object | undefined },
): Promise<readonly Task[]> {
  if (!include || tasks.length === 0) return tasks;
  const related = await reader.task.findMany({
    where: { id: { in: tasks.map(({ id }) => id) } },
    select: { ...include, id: true },
  });
  const found = new Map(related.map((row) => [row.id, row]));
  return tasks.map((task) => ({ ...task, ...found.get(task.id) }));
}

builder.queryField('tasks', (t) =>
  t.connection(
    {
      type: TaskRef,
      description: 'Tasks, in the given order.',
      args: {
        filter: t.arg({ type: TaskFilterInput, description: 'Which tasks. Default: all.' }),
        orderBy: t.arg({
          type: TaskOrderInput,
          description: 'The order of the tasks. Default: the newest first.',
        }),
      },
      complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
      resolve: async (_root, args, context, info) => {
        const { services, reader, caller } = context;
        const request = parsePage(args);
        const filter: TaskFilter = toFilter(args.filter);
        const order = args.orderBy && { order: args.orderBy };
        const { items, hasMore, cursorOf } = await listTasks(services, caller, {
          filter,
          page: request,
          ...order,
        });
        const nodes = await withRelations(reader, items, queryOfPage(context, info, 'Task'));
        return { ...toConnection({ nodes, cursorOf, hasMore, request }), ...counter(context, filter) };
      },
    },
    {
      description: 'A page of tasks.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: `The number of matching tasks, counted up to ${LIMITS.countCap}.`,
          complexity: 50,
          resolve: async (page) => (await (page as unknown as Counted).count()).count,
        }),
        totalCountCapped: connection.boolean({
          description: 'True if more tasks match than `totalCount`.',
          resolve: async (page) => (await (page as unknown as Counted).count()).isCapped,
        }),
      }),
    },
  ),
);

interface Stats {
  readonly counts: readonly TaskCount[];
}

const sum = (counts: readonly TaskCount[]): number => counts.reduce((total, { count }) => total + count, 0);

const StatusCountRef = builder.objectRef<{ status: TaskStatus; count: number }>('TaskStatusCount').implement({
  description: 'The number of tasks in a status.',
  fields: (t) => ({
    status: t.expose('status', { type: TaskStatusEnum, description: 'The status.' }),
    count: t.exposeInt('count', { description: 'The number of tasks.' }),
  }),
});

const AgentCountRef = builder
  .objectRef<{ agent: string | null; counts: readonly TaskCount[] }>('TaskAgentCount')
  .implement({
    description: 'The numbers of tasks of an agent.',
    fields: (t) => ({
      agent: t.exposeString('agent', {
        nullable: true,
        description: "The agent's name. Null: tracked tasks.",
      }),
      total: t.int({ description: 'The total number of tasks.', resolve: ({ counts }) => sum(counts) }),
      byStatus: t.field({
        type: [StatusCountRef],
        description: 'The number of tasks in each status.',
        resolve: ({ counts }) => byStatus(counts),
      }),
    }),
  });

function byStatus(counts: readonly TaskCount[]): { status: TaskStatus; count: number }[] {
  return TASK_STATUSES.map((status) => ({
    status,
    count: sum(counts.filter((count) => count.status === status)),
  }));
}

const StatsRef = builder.objectRef<Stats>('TaskStats').implement({
  description:
    'The exact numbers of tasks. They are stored, so reading them is fast with any number of tasks.',
  fields: (t) => ({
    total: t.int({ description: 'The total number of tasks.', resolve: ({ counts }) => sum(counts) }),
    byStatus: t.field({
      type: [StatusCountRef],
      description: 'The number of tasks in each status.',
      resolve: ({ counts }) => byStatus(counts),
    }),
    byAgent: t.field({
      type: [AgentCountRef],
      description: 'The numbers of tasks by agent; the tracked tasks have the agent null.',
      resolve: ({ counts }) =>
        [...new Set(counts.map(({ agent }) => agent))].map((agent) => ({
          agent: agent || null,
          counts: counts.filter((count) => count.agent === agent),
        })),
    }),
  }),
});

builder.queryField('taskStats', (t) =>
  t.field({
    type: StatsRef,
    description: 'The numbers of tasks by status and agent.',
    resolve: async (_root, _args, { services, caller }) => ({
      counts: await readTaskStats(services, caller),
    }),
  }),
);
