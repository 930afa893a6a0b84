import { MANAGE_TASKS } from '../tools/manage-tasks/wire.ts';

/** Where a model is served: the root of an OpenAI-compatible API and its key. */
export interface ModelProvider {
  readonly name: string;
  readonly baseUrl: string;
  /** Not enumerable, so that it is in no log, no JSON and no copy made by spreading. */
  readonly apiKey: string;
}

/** The limits of one run. */
export interface AgentLimits {
  /** Model calls in one run. */
  readonly maxSteps: number;
  /** Tokens in and out in one run; undefined is no limit. */
  readonly maxTokens: number | undefined;
  /** From the start of a run to its end. */
  readonly timeoutMs: number;
}

/** An agent as configured. It is immutable: an edit of the file makes new ones, and a run keeps the one it began with. */
export interface AgentDefinition {
  readonly name: string;
  readonly model: string;
  /** Undefined: the installation's own provider (the environment's, or the demo model). */
  readonly provider: ModelProvider | undefined;
  readonly tools: readonly string[];
  /** The system prompt. */
  readonly system: string;
  readonly limits: AgentLimits;
}

export const DEFAULT_LIMITS: AgentLimits = Object.freeze({
  maxSteps: 50,
  maxTokens: undefined,
  timeoutMs: 30 * 60_000,
});

/** The agent that exists without a file. */
const BUILT_IN_AGENT = 'assistant';

const BUILT_IN_SYSTEM = `You are an assistant that works on tasks in the background.
Do what the task asks. Then report the result in a few sentences.
If only a person can decide something, ask with manage_tasks. If the task cannot be done, fail it with manage_tasks and give the reason.`;

export function modelProvider(name: string, baseUrl: string, apiKey: string): ModelProvider {
  const provider = { name, baseUrl };
  Object.defineProperty(provider, 'apiKey', { value: apiKey, enumerable: false });
  return Object.freeze(provider) as ModelProvider;
}

export function builtInAgent(model: string): AgentDefinition {
  return Object.freeze({
    name: BUILT_IN_AGENT,
    model,
    provider: undefined,
    tools: Object.freeze([MANAGE_TASKS]),
    system: BUILT_IN_SYSTEM,
    limits: DEFAULT_LIMITS,
  });
}
