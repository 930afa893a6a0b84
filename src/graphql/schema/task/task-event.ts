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
  description: "One entry of a task's history; it never changes. `task` is the current state of the task.",
  id: { resolve: (event) => eventId(event) },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'position' in value,
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => {
      const place = parseEventId(id);
      return place && loaders.event.load(place);
    }),
  fields: (t) => ({
    cursor: t.string({
      description: 'Its position in the event log of all tasks. Send it as `after` to continue from here.',
      resolve: (event) => event.position.toString(),
    }),
    seq: t.exposeInt('seq', {
      description: 'Its number within the history of the task, from 1 without gaps.',
    }),
    type: t.expose('type', { type: TaskEventTypeEnum, description: 'What happened.' }),
    from: t.expose('from', {
      type: TaskStatusEnum,
      nullable: true,
      description: 'The status before. Null if the status did not change, and for the creation.',
    }),
    to: t.expose('to', {
      type: TaskStatusEnum,
      nullable: true,
      description: 'The status after. Null if the status did not change.',
    }),
    actor: t.expose('actor', { type: ActorRef, description: 'Who did it.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'The reason given by the actor, or a code of the system. Null: none.',
    }),
    data: t.expose('data', {
      type: 'JSON',
      nullable: true,
      description: 'Further data. Its shape depends on `type`.',
    }),
    at: t.expose('at', {
      type: 'DateTime',
      description: "When it happened, by the database's clock; never before the previous event.",
    }),
    task: t.field({
      type: TaskRef,
      description: 'The current state of the task.',
      resolve: async (event, _args, { loaders }) => {
        const task = await loaders.task.load(event.taskId);
        if (!task) throw new Error(`task of event ${eventId(event)} not found`);
        return task;
      },
    }),
  }),
});

export const TaskEventFilterInput = builder.inputType('TaskEventFilter', {
  description: 'Which events. All given fields must match; a list matches with any of its values.',
  fields: (t) => ({
    taskId: t.string({ description: 'Events of this task.' }),
    status: t.field({
      type: [TaskStatusEnum],
      description: 'Events that changed the status to one of these.',
    }),
    source: t.field({ type: [TaskSourceEnum], description: 'Events of tasks from one of these sources.' }),
    agent: t.stringList({ description: 'Events of tasks that had one of these agents at that time.' }),
    type: t.field({ type: [TaskEventTypeEnum], description: 'Events of one of these types.' }),
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
    description: 'The events of all tasks, the oldest first; the same events that the subscription streams.',
    args: {
      filter: t.arg({ type: TaskEventFilterInput, description: 'Which events. Default: all.' }),
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
    description: 'The events of the task, the oldest first. `history(last: 1)` is the last event.',
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
