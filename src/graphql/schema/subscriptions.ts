import { OperationError, Refusal } from '../../core/errors.ts';
import { isId } from '../../core/ids.ts';
import { runStepsSource } from '../../streams/sources/run-steps.ts';
import { taskSource } from '../../streams/sources/task.ts';
import { taskEventsSource } from '../../streams/sources/task-events.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { START } from '../streams/form.ts';
import { SourceStream } from '../streams/source-stream.ts';
import { RunStepRef } from './task/run.ts';
import { TaskRef } from './task/task.ts';
import { TaskEventFilterInput, TaskEventRef, toEventFilter } from './task/task-event.ts';

async function mustExist(id: string, { loaders }: GraphQLContext): Promise<void> {
  if (isId('task', id) && (await loaders.task.load(id))) return;
  throw new Refusal('NOT_FOUND', `Task not found: ${id.slice(0, 100)}.`);
}

builder.subscriptionField('taskEvents', (t) =>
  t.field({
    type: TaskEventRef,
    description:
      'The events of all tasks: first those after `after`, then live ones. The events of one task come in order, without gaps or duplicates, across reconnects and instances. For a client that reads too slowly the stream ends with SLOW_CONSUMER and `resumeAfter`.',
    args: {
      after: t.arg.string({
        extensions: START,
        description: 'The cursor of the last event you have. "0": all events. Default: only new events.',
      }),
      filter: t.arg({ type: TaskEventFilterInput, description: 'Which events. Default: all.' }),
    },
    subscribe: async (_root, args, { services, caller }) =>
      new SourceStream(
        await taskEventsSource(services.log, caller, {
          after: args.after ?? null,
          filter: toEventFilter(args.filter),
        }),
      ),
    resolve: (event) => event,
  }),
);

builder.subscriptionField('task', (t) =>
  t.field({
    type: TaskRef,
    description:
      'One task: first its current state, then its state after each change. Changes in quick succession can be sent as one.',
    args: { id: t.arg.id({ required: true, description: 'The id: `task_…`.' }) },
    subscribe: async (_root, { id }, context) => {
      await mustExist(id, context);
      return new SourceStream(taskSource(context.services.log, context.caller, id));
    },
    resolve: async (id, _args, { loaders }) => {
      const task = await loaders.task.load(id);
      if (!task) throw new OperationError('UNAVAILABLE', `Task ${id} no longer exists.`);
      return task;
    },
  }),
);

builder.subscriptionField('runSteps', (t) =>
  t.field({
    type: RunStepRef,
    description: "The steps of a task's agent as they happen: its text, its tool calls and their results.",
    args: {
      taskId: t.arg.id({ required: true, description: 'The task: `task_…`.' }),
      after: t.arg.string({
        extensions: START,
        description: 'The cursor of the last step you have. "0": all steps. Default: only new steps.',
      }),
    },
    subscribe: async (_root, { taskId, after }, context) => {
      await mustExist(taskId, context);
      const { services, caller } = context;
      return new SourceStream(await runStepsSource(services, caller, { taskId, after: after ?? null }));
    },
    resolve: (step) => step,
  }),
);
