import { z } from '@hono/zod-openapi';
import { STEP_DATA, type StepType } from '../../domain/messages.ts';
import { anyJson, moment, pageOf, pageQuery } from '../contract/fields.ts';

const STEP_TYPES = Object.keys(STEP_DATA) as [StepType, ...StepType[]];

const runStep = z
  .object({
    cursor: z
      .string()
      .openapi({ description: 'Its place in the steps of the task; the id of its server-sent event.' }),
    run_id: z.string(),
    run: z.int().openapi({ description: "The run's number; it rises by one per run of the task." }),
    seq: z.int().openapi({ description: 'Its place in the run, from 1.' }),
    type: z.enum(STEP_TYPES).openapi('RunStepType', {
      description:
        'What it is: a piece of text, a whole answer of the model, the beginning or the result of a tool call, or the answer of a person.',
    }),
    data: anyJson.openapi({
      description:
        'Its content, by type. `text`: `{text}`, a piece of an answer that is being written; the `assistant` step has the whole. `assistant`: `{text, tool_calls, finish_reason, usage}`. `tool_call`: `{tool_call_id, name}`. `tool_result`: `{tool_call_id, name, content, is_error, code}`. `answer`: `{input_request_id, question, answer}`.',
    }),
    at: moment,
  })
  .openapi('RunStep', { description: 'One step of an agent in a run of a task; never changed.' });
export type RunStepJson = z.output<typeof runStep>;

export const runStepPage = pageOf('RunStepPage', runStep);

export const runStepsQuery = z.object({
  limit: pageQuery.limit,
  cursor: z.string().max(40).optional().openapi({
    description:
      'The cursor of the last step you have: the steps after it are returned. `0` is the beginning.',
  }),
});
