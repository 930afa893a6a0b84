import { invalid } from '../../../core/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { StepType } from '../../../domain/messages.ts';
import { type RunEvent, runCursor } from '../../../domain/run.ts';
import { builder } from '../../builder.ts';
import { AgentRef, shownAgent } from '../agent.ts';
import { RunOutcomeEnum } from '../enums.ts';

const StepTypeEnum = builder.enumType('RunStepType', {
  description: "What an agent did in a step; the shape of the step's `data` follows from it.",
  values: {
    TEXT: {
      value: 'text',
      description:
        'A piece of an answer that is being written: `{ text }`. The ASSISTANT step says the whole of it.',
    },
    ASSISTANT: {
      value: 'assistant',
      description: 'A whole answer of the model: `{ text, toolCalls, finishReason, usage }`.',
    },
    TOOL_CALL: { value: 'tool_call', description: 'A tool call begins: `{ toolCallId, name }`.' },
    TOOL_RESULT: {
      value: 'tool_result',
      description: 'A tool call is over: `{ toolCallId, name, content, isError, code }`.',
    },
    ANSWER: {
      value: 'answer',
      description: "A person's answer reached the agent: `{ inputRequestId, question, answer }`.",
    },
  } satisfies Record<string, { value: StepType; description: string }>,
});

export const RunStepRef = builder.objectRef<RunEvent>('RunStep').implement({
  description: 'One step of an agent in a run, on record as it happened.',
  fields: (t) => ({
    cursor: t.string({
      description: 'Give it as `after` to `runSteps` to go on from here.',
      resolve: runCursor,
    }),
    run: t.int({ description: "The run's number.", resolve: (step) => step.runNumber }),
    seq: t.exposeInt('seq', { description: 'Its place in the run, from 1.' }),
    type: t.field({
      type: StepTypeEnum,
      description: 'What it is.',
      resolve: (step) => step.type as StepType,
    }),
    data: t.expose('data', {
      type: 'JSON',
      nullable: true,
      description: 'What it says; the shape follows from the type.',
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
  }),
});

const isPageSize = (size: number): boolean => size >= 0 && size <= LIMITS.maxPageSize;

export const RunRef = builder.prismaNode('Run', {
  description: 'One attempt of a worker at a task, under a lease.',
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'Rises by one per run of its task.' }),
    agent: t.field({
      type: AgentRef,
      description: 'The agent that ran.',
      resolve: (run, _args, { services }) => shownAgent(services, run.agent),
    }),
    worker: t.exposeString('workerId', { description: 'The worker it ran in.' }),
    outcome: t.expose('outcome', {
      type: RunOutcomeEnum,
      nullable: true,
      description: 'How it ended; null while it runs.',
    }),
    errorCode: t.string({
      nullable: true,
      description: 'Why it failed, to branch on; null when it did not.',
      resolve: (run) => run.error?.code ?? null,
    }),
    errorMessage: t.string({
      nullable: true,
      description: 'Why it failed, to read; null when it did not.',
      resolve: (run) => run.error?.message ?? null,
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it runs.',
    }),
    steps: t.field({
      type: [RunStepRef],
      description: 'What the agent did, in order.',
      args: {
        first: t.arg.int({
          defaultValue: LIMITS.maxPageSize,
          description: `How many; ${LIMITS.maxPageSize} at most.`,
        }),
        afterSeq: t.arg.int({
          defaultValue: 0,
          description: 'Only those after this seq; 0: from the first.',
        }),
      },
      complexity: (args) => ({
        field: 1,
        multiplier: Math.min(Math.max(args.first ?? 1, 1), LIMITS.maxPageSize),
      }),
      // Planned before it resolves: a number out of range is this field's error, and reads nothing until then.
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
          throw invalid([{ path: ['first'], message: `must lie between 0 and ${LIMITS.maxPageSize}` }]);
        }
        return events.map((event) => ({ ...event, runNumber: number }));
      },
    }),
  }),
});
