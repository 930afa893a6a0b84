import { z } from 'zod';

/** A call the model wanted made; `arguments` is its raw text, which need not be JSON. The id is unique within its task. */
export const toolCallSchema = z.object({ id: z.string(), name: z.string(), arguments: z.string() });

/** Why a tool's result is an error, where the loop itself says so. */
export const TOOL_RESULT_CODES = [
  /** The arguments are no JSON object, or not what the tool takes. */
  'bad_arguments',
  'unknown_tool',
  /** The call began in a run that died; whether it happened nobody knows. */
  'unknown_outcome',
  /** The tool refused, or broke. */
  'tool_failed',
] as const;
export type ToolResultCode = (typeof TOOL_RESULT_CODES)[number];

/**
 * What an agent's run leaves on record, step by step. A person watching reads all of it; a later run rebuilds the
 * model's messages from `assistant`, `tool_result` and `answer`, and from `tool_call` what may have happened.
 */
export const STEP_DATA = {
  /** A piece of an answer that is being written, ten a second at most; the `assistant` step says the whole of it. */
  text: z.object({ text: z.string() }),
  /** A whole answer of the model. */
  assistant: z.object({
    text: z.string(),
    toolCalls: z.array(toolCallSchema),
    finishReason: z.enum(['stop', 'tool_calls']),
    /** Tokens, where the provider counts them. */
    usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }).nullable(),
  }),
  /** A tool call begins: on record before the tool runs. */
  tool_call: z.object({ toolCallId: z.string(), name: z.string() }),
  /** A tool call is over: on record before the model is called again. */
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

/** One step, typed by what it says. */
export type Step = { [Type in StepType]: { readonly type: Type; readonly data: StepData<Type> } }[StepType];

/** A step as it came from the database, checked once; undefined for one that a newer version wrote. */
export function parseStep(type: string, data: unknown): Step | undefined {
  if (!Object.hasOwn(STEP_DATA, type)) return undefined;
  const parsed = STEP_DATA[type as StepType].safeParse(data);
  return parsed.success ? ({ type, data: parsed.data } as Step) : undefined;
}
