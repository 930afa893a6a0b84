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
  description: 'Which tasks: within a list any value matches, and all the fields given must.',
  fields: (t) => ({
    status: t.field({ type: [TaskStatusEnum], description: 'In one of these statuses.' }),
    source: t.field({ type: [TaskSourceEnum], description: 'From one of these sources.' }),
    agent: t.stringList({ description: 'With one of these agents.' }),
    trigger: t.idList({ description: 'Made by one of these triggers: `trg_…`.' }),
    text: t.string({ description: 'Whose title or description has this text, in any case of letters.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Made after this moment.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Made before this moment.' }),
  }),
});

const TaskOrderInput = builder.inputType('TaskOrder', {
  description: 'The order of a list of tasks.',
  fields: (t) => ({
    field: t.field({ type: TaskOrderFieldEnum, required: true, description: 'What by.' }),
    direction: t.field({ type: OrderDirectionEnum, required: true, description: 'Which end first.' }),
  }),
});

builder.queryField('task', (t) =>
  t.prismaField({
    type: TaskRef,
    nullable: true,
    description: 'One task; null when there is none of that id.',
    args: { id: t.arg.id({ required: true, description: 'Its id: `task_…`.' }) },
    resolve: (query, _root, { id }, { loaders }) =>
      isId('task', id) ? loaders.named('task', id, query) : null,
  }),
);

/** What the fields `totalCount` need; counted once, and only when one of them is asked for. */
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
 * The tasks with the relations that are asked for, which Prisma reads in one statement. Which tasks they are, and their
 * own columns, come by SQL: this list is the hottest query there is, and it searches text.
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
      description: 'Tasks, the newest first when nothing is said.',
      args: {
        filter: t.arg({ type: TaskFilterInput, description: 'Which; all when nothing is said.' }),
        orderBy: t.arg({
          type: TaskOrderInput,
          description: 'In what order; the newest first when nothing is said.',
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
          description: `How many match, counted up to ${LIMITS.countCap}.`,
          complexity: 50,
          resolve: async (page) => (await (page as unknown as Counted).count()).count,
        }),
        totalCountCapped: connection.boolean({
          description: 'True when more match than `totalCount` says.',
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
  description: 'How many tasks stand in a status.',
  fields: (t) => ({
    status: t.expose('status', { type: TaskStatusEnum, description: 'The status.' }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
});

const AgentCountRef = builder
  .objectRef<{ agent: string | null; counts: readonly TaskCount[] }>('TaskAgentCount')
  .implement({
    description: 'How many tasks an agent has.',
    fields: (t) => ({
      agent: t.exposeString('agent', {
        nullable: true,
        description: "The agent's name; null for tracked tasks.",
      }),
      total: t.int({ description: 'In all.', resolve: ({ counts }) => sum(counts) }),
      byStatus: t.field({
        type: [StatusCountRef],
        description: 'By status.',
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
  description: 'How many tasks there are; exact, and as quick at a million as at ten.',
  fields: (t) => ({
    total: t.int({ description: 'In all.', resolve: ({ counts }) => sum(counts) }),
    byStatus: t.field({
      type: [StatusCountRef],
      description: 'By status, each there is.',
      resolve: ({ counts }) => byStatus(counts),
    }),
    byAgent: t.field({
      type: [AgentCountRef],
      description: 'By agent, the tracked ones under null.',
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
    description: 'How many tasks there are.',
    resolve: async (_root, _args, { services, caller }) => ({
      counts: await readTaskStats(services, caller),
    }),
  }),
);
