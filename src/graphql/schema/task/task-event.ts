import { type EventType, eventId, parseEventId, type TaskEvent } from '../../../domain/events.ts';
import type { EventFilter } from '../../../domain/filters.ts';
import type { TaskSource } from '../../../domain/source.ts';
import type { TaskStatus } from '../../../domain/status.ts';
import { parseCursor } from '../../../streams/log/cursor.ts';
import { settledWithOwnWrites } from '../../../streams/log/own-writes.ts';
import { listEvents } from '../../../tasks/queries/events.ts';
import { builder } from '../../builder.ts';
import { pageMultiplier, parsePage, toConnection, toFilter } from '../../pages.ts';
import { ActorRef } from '../actor.ts';
import { TaskEventTypeEnum, TaskSourceEnum, TaskStatusEnum } from '../enums.ts';
import { TaskRef } from './task.ts';

export const TaskEventRef = builder.objectRef<TaskEvent>('TaskEvent');

builder.node(TaskEventRef, {
  description:
    "One line of a task's history; never changed. Its own fields are the past; `task` is the task as it is now.",
  id: { resolve: (event) => eventId(event) },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'position' in value,
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => {
      const place = parseEventId(id);
      return place && loaders.event.load(place);
    }),
  fields: (t) => ({
    cursor: t.string({
      description: 'Its place in the log of all tasks: give it as `after` to go on from here.',
      resolve: (event) => event.position.toString(),
    }),
    seq: t.exposeInt('seq', { description: "Its place in the task's own history, from 1 without a gap." }),
    type: t.expose('type', { type: TaskEventTypeEnum, description: 'What happened.' }),
    from: t.expose('from', {
      type: TaskStatusEnum,
      nullable: true,
      description: 'The status before; null when it did not move the task, and for its creation.',
    }),
    to: t.expose('to', {
      type: TaskStatusEnum,
      nullable: true,
      description: 'The status after; null when it did not move the task.',
    }),
    actor: t.expose('actor', { type: ActorRef, description: 'Who did it.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why, in the words of whoever did it, or a code of the system.',
    }),
    data: t.expose('data', {
      type: 'JSON',
      nullable: true,
      description: 'What there is to know besides; the shape follows from the type.',
    }),
    at: t.expose('at', {
      type: 'DateTime',
      description: "When, on the database's clock; never before the event that precedes it.",
    }),
    task: t.field({
      type: TaskRef,
      description: 'The task as it is now.',
      resolve: async (event, _args, { loaders }) => {
        const task = await loaders.task.load(event.taskId);
        if (!task) throw new Error(`the task of event ${eventId(event)} is gone`);
        return task;
      },
    }),
  }),
});

export const TaskEventFilterInput = builder.inputType('TaskEventFilter', {
  description: 'Which events: within a list any value matches, and all the fields given must.',
  fields: (t) => ({
    taskId: t.string({ description: 'Of one task.' }),
    status: t.field({ type: [TaskStatusEnum], description: 'That led to one of these statuses.' }),
    source: t.field({ type: [TaskSourceEnum], description: 'Of tasks from one of these sources.' }),
    agent: t.stringList({ description: 'Of tasks that had one of these agents when it happened.' }),
    type: t.field({ type: [TaskEventTypeEnum], description: 'Of one of these types.' }),
  }),
});

interface EventFilterShape {
  readonly taskId?: string | null | undefined;
  readonly status?: readonly TaskStatus[] | null | undefined;
  readonly source?: readonly TaskSource[] | null | undefined;
  readonly agent?: readonly string[] | null | undefined;
  readonly type?: readonly EventType[] | null | undefined;
}

export function toEventFilter(filter: EventFilterShape | null | undefined): EventFilter {
  return toFilter(filter);
}

builder.queryField('taskEvents', (t) =>
  t.connection({
    type: TaskEventRef,
    description: 'The history of all tasks, oldest first: the same that the subscription streams.',
    args: {
      filter: t.arg({ type: TaskEventFilterInput, description: 'Which events; all when nothing is said.' }),
    },
    complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
    resolve: async (_root, args, { services, caller }) => {
      const request = parsePage(args);
      const { items, ...page } = await listEvents(services, caller, {
        filter: toEventFilter(args.filter),
        page: request,
        withOwnWrites: false,
      });
      return toConnection({ ...page, nodes: items, request });
    },
  }),
);

builder.prismaObjectField(TaskRef, 'history', (t) =>
  t.connection({
    type: TaskEventRef,
    description: 'Everything that happened to it, oldest first. `history(last: 1)` is the last thing.',
    complexity: (args) => ({ field: 1, multiplier: pageMultiplier(args) }),
    resolve: async (task, args, { services: { log }, loaders }, { operation }) => {
      const request = parsePage(args);
      const upTo = operation.operation === 'mutation' ? await settledWithOwnWrites(log) : log.settled();
      const events = await loaders.history(task.id, {
        after: request.after === undefined ? 0n : await parseCursor(log, request.after),
        before: request.before === undefined ? null : await parseCursor(log, request.before),
        limit: request.limit + 1,
        fromEnd: request.fromEnd,
        upTo,
      });
      const hasMore = events.length > request.limit;
      const nodes = request.fromEnd ? events.slice(hasMore ? 1 : 0) : events.slice(0, request.limit);
      return toConnection({ nodes, cursorOf: (event) => event.position.toString(), hasMore, request });
    },
  }),
);
