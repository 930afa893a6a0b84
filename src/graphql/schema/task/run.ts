import { invalid } from '../../../core/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { StepType } from '../../../domain/messages.ts';
import { type RunEvent, runCursor } from '../../../domain/run.ts';
import { builder } from '../../builder.ts';
import { AgentRef, shownAgent } from '../agent.ts';
import { RunOutcomeEnum } from '../enums.ts';

const StepTypeEnum = builder.enumType('RunStepType', {
  description: "The type of a step. It determines the shape of the step's `data`.",
  values: {
    TEXT: {
      value: 'text',
      description:
        'A part of an answer while the model writes it: `{ text }`. The ASSISTANT step has the complete answer.',
    },
    ASSISTANT: {
      value: 'assistant',
      description: 'A complete answer of the model: `{ text, toolCalls, finishReason, usage }`.',
    },
    TOOL_CALL: { value: 'tool_call', description: 'The start of a tool call: `{ toolCallId, name }`.' },
    TOOL_RESULT: {
      value: 'tool_result',
      description: 'The result of a tool call: `{ toolCallId, name, content, isError, code }`.',
    },
    ANSWER: {
      value: 'answer',
      description: "A person's answer to the agent's question: `{ inputRequestId, question, answer }`.",
    },
  } satisfies Record<string, { value: StepType; description: string }>,
});

export const RunStepRef = builder.objectRef<RunEvent>('RunStep').implement({
  description: 'One step of an agent in a run; it never changes.',
  fields: (t) => ({
    cursor: t.string({
      description:
        'Its position in the steps of the task. Send it to `runSteps` as `after` to continue from here.',
      resolve: runCursor,
    }),
    run: t.int({ description: 'The number of the run.', resolve: (step) => step.runNumber }),
    seq: t.exposeInt('seq', { description: 'Its position in the run, from 1.' }),
    type: t.field({
      type: StepTypeEnum,
      description: 'The type of the step.',
      resolve: (step) => step.type as StepType,
    }),
    data: t.expose('data', {
      type: 'JSON',
      nullable: true,
      description: 'The content. Its shape depends on `type`.',
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
  }),
});

const isPageSize = (size: number): boolean => size >= 0 && size <= LIMITS.maxPageSize;

export const RunRef = builder.prismaNode('Run', {
  description: 'One execution of a task by a worker, under a lease.',
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    number: t.exposeInt('number', {
      description: 'The number of the run; it increases by one with each run of the task.',
    }),
    agent: t.field({
      type: AgentRef,
      description: 'The agent that was executed.',
      resolve: (run, _args, { services }) => shownAgent(services, run.agent),
    }),
    worker: t.exposeString('workerId', { description: 'The id of its worker.' }),
    outcome: t.expose('outcome', {
      type: RunOutcomeEnum,
      nullable: true,
      description: 'How it ended. Null while it runs.',
    }),
    errorCode: t.string({
      nullable: true,
      description: 'The error code of a failed run, for programs. Null: it did not fail.',
      resolve: (run) => run.error?.code ?? null,
    }),
    errorMessage: t.string({
      nullable: true,
      description: 'The error message of a failed run, for people. Null: it did not fail.',
      resolve: (run) => run.error?.message ?? null,
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it started.' }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended. Null while it runs.',
    }),
    steps: t.field({
      type: [RunStepRef],
      description: 'The steps of the agent, the oldest first.',
      args: {
        first: t.arg.int({
          defaultValue: LIMITS.maxPageSize,
          description: `The number of steps; at most ${LIMITS.maxPageSize}.`,
        }),
        afterSeq: t.arg.int({
          defaultValue: 0,
          description: 'Only steps with a greater `seq`.',
        }),
      },
      complexity: (args) => ({
        field: 1,
        multiplier: Math.min(Math.max(args.first ?? 1, 1), LIMITS.maxPageSize),
      }),
      // Planned before the field resolves: a number out of range reads nothing, and `resolve` reports the error.
      select: ({ first, afterSeq }) => ({
        number: true,
        events: {
          where: { seq: { gt: afterSeq ?? 0 } },
          orderBy: { seq: 'asc' },
          take: isPageSize(first ?? LIMITS.maxPageSize) ? (first ?? LIMITS.maxPageSize) : 0,
        },
      }),
      resolve: ({ number, events }, { first }) => {
        if (!isPageSize(first ?? LIMITS.maxPageSize)) {
          throw invalid([{ path: ['first'], message: `must be from 0 to ${LIMITS.maxPageSize}` }]);
        }
        return events.map((event) => ({ ...event, runNumber: number }));
      },
    }),
  }),
});
