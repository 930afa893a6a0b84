import { isId } from '../../../core/ids.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { TASK_STATUSES, type TaskStatus } from '../../../domain/status.ts';
import { readTaskStats, type TaskCount } from '../../../store/tasks/counts.ts';
import {
  countTasks,
  listTasks,
  type TaskFilter,
  type TaskOrder,
  taskCursor,
} from '../../../store/tasks/list.ts';
import { builder } from '../../builder.ts';
import { pageMultiplier, parsePage, toConnection } from '../../pages.ts';
import type { Services } from '../../services.ts';
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

const NEWEST_FIRST: TaskOrder = { field: 'created_at', direction: 'desc' };

builder.queryField('task', (t) =>
  t.field({
    type: TaskRef,
    nullable: true,
    description: 'One task; null when there is none of that id.',
    args: { id: t.arg.id({ required: true, description: 'Its id: `task_…`.' }) },
    resolve: async (_root, { id }, { loaders }) =>
      isId('task', id) ? ((await loaders.task.load(id)) ?? null) : null,
  }),
);

/** What the fields `totalCount` need; counted once, and only when one of them is asked for. */
interface Counted {
  readonly count: () => Promise<number>;
}

function counter({ pool }: Services, filter: TaskFilter): Counted {
  let counted: Promise<number> | undefined;
  return {
    count: () => {
      counted ??= countTasks(pool, filter, LIMITS.countCap);
      return counted;
    },
  };
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
      resolve: async (_root, args, { services, loaders }) => {
        const request = parsePage(args);
        const order = args.orderBy ?? NEWEST_FIRST;
        const filter = Object.fromEntries(
          Object.entries(args.filter ?? {}).filter(([, value]) => value !== null && value !== undefined),
        ) as TaskFilter;
        const { tasks, hasMore } = await listTasks(services.pool, { filter, order, page: request });
        for (const task of tasks) loaders.task.prime(task.id, task);
        const page = toConnection({
          nodes: tasks,
          cursorOf: (task) => taskCursor(task, order),
          hasMore,
          request,
        });
        return { ...page, ...counter(services, filter) };
      },
    },
    {
      description: 'A page of tasks.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: `How many match, counted up to ${LIMITS.countCap}.`,
          complexity: 50,
          resolve: async (page) => Math.min(await (page as unknown as Counted).count(), LIMITS.countCap),
        }),
        totalCountCapped: connection.boolean({
          description: 'True when more match than `totalCount` says.',
          resolve: async (page) => (await (page as unknown as Counted).count()) > LIMITS.countCap,
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
    resolve: async (_root, _args, { services }) => ({ counts: await readTaskStats(services.pool) }),
  }),
);
