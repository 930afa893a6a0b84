import { z } from 'zod';

/** A tool call of the model; `arguments` is raw text and may be invalid JSON. The id is unique within the task. */
const toolCallSchema = z.object({ id: z.string(), name: z.string(), arguments: z.string() });

/** Why a tool's result is an error, for errors that the agent loop detects. */
const TOOL_RESULT_CODES = [
  /** The arguments are not a JSON object, or do not match the tool's schema. */
  'bad_arguments',
  'unknown_tool',
  /** The call began in a run whose worker crashed; whether it had its effect is unknown. */
  'unknown_outcome',
  /** The tool refused the call, or threw an error. */
  'tool_failed',
] as const;
export type ToolResultCode = (typeof TOOL_RESULT_CODES)[number];

/**
 * The steps that an agent's run stores. An observer reads all of them. A later run rebuilds the model's messages from
 * `assistant`, `tool_result` and `answer`, and knows from `tool_call` which calls may have had an effect.
 */
export const STEP_DATA = {
  /** Part of an answer that is still being written, at most ten per second; `assistant` contains the whole. */
  text: z.object({ text: z.string() }),
  /** A complete answer of the model. */
  assistant: z.object({
    text: z.string(),
    toolCalls: z.array(toolCallSchema),
    finishReason: z.enum(['stop', 'tool_calls']),
    /** Tokens, where the provider counts them. */
    usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }).nullable(),
  }),
  /** A tool call begins; stored before the tool runs. */
  tool_call: z.object({ toolCallId: z.string(), name: z.string() }),
  /** A tool call has ended; stored before the model is called again. */
  tool_result: z.object({
    toolCallId: z.string(),
    name: z.string(),
    content: z.string(),
    isError: z.boolean(),
    code: z.enum(TOOL_RESULT_CODES).nullable(),
  }),
  /** An answer to a question that no tool call of the agent asked. */
  answer: z.object({ inputRequestId: z.string(), question: z.string(), answer: z.unknown() }),
} as const satisfies Record<string, z.ZodType>;

export type StepType = keyof typeof STEP_DATA;
export type StepData<Type extends StepType> = z.infer<(typeof STEP_DATA)[Type]>;

/** One step, typed by its kind. */
export type Step = { [Type in StepType]: { readonly type: Type; readonly data: StepData<Type> } }[StepType];

/** Validates a step from the database; undefined for a step that a newer version wrote. */
export function parseStep(type: string, data: unknown): Step | undefined {
  if (!Object.hasOwn(STEP_DATA, type)) return undefined;
  const parsed = STEP_DATA[type as StepType].safeParse(data);
  return parsed.success ? ({ type, data: parsed.data } as Step) : undefined;
}
