import { z } from '@hono/zod-openapi';
import { STEP_DATA, type StepType } from '../../domain/messages.ts';
import { anyJson, moment, pageOf, pageQuery } from '../contract/fields.ts';
import { formed } from '../contract/text.ts';

const STEP_TYPES = Object.keys(STEP_DATA) as [StepType, ...StepType[]];

const runStep = z
  .object({
    cursor: z.string().openapi({
      description: 'Its position in the steps of the task; also the id of its server-sent event.',
    }),
    run_id: z.string(),
    run: z
      .int()
      .openapi({ description: 'The number of the run; it increases by one with each run of the task.' }),
    seq: z.int().openapi({ description: 'Its position in the run, from 1.' }),
    type: z.enum(STEP_TYPES).openapi('RunStepType', {
      description:
        'The type of the step: a part of a text, a complete answer of the model, the start or the result of a tool call, or the answer of a person.',
    }),
    data: anyJson.openapi({
      description:
        'The content; its shape depends on `type`. `text`: `{text}`, a part of an answer while the model writes it; the `assistant` step has the complete answer. `assistant`: `{text, tool_calls, finish_reason, usage}`. `tool_call`: `{tool_call_id, name}`. `tool_result`: `{tool_call_id, name, content, is_error, code}`. `answer`: `{input_request_id, question, answer}`.',
    }),
    at: moment,
  })
  .openapi('RunStep', { description: 'One step of an agent in a run; it never changes.' });
export type RunStepJson = z.output<typeof runStep>;

export const runStepPage = pageOf('RunStepPage', runStep);

/** A position in the steps of a task: the number of the run and the position in it. */
const POSITION = /^(?:0|\d{1,9}\.\d{1,9})$/;

export const runStepsQuery = z.object({
  limit: pageQuery.limit,
  cursor: formed(POSITION, 40).optional().openapi({
    description:
      'The cursor of the last step you have; the steps after it are returned. `0`: from the beginning.',
  }),
});

export const stepStreamHeaders = z.object({
  'last-event-id': formed(POSITION, 40).optional().openapi({
    description: 'For a stream: the cursor of the last step you have. It takes precedence over `cursor`.',
  }),
});
