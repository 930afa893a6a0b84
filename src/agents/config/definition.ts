import { MANAGE_TASKS } from '../tools/manage-tasks/wire.ts';

/** Where a model is served: the root of an OpenAI-compatible API and its key. */
export interface ModelProvider {
  readonly name: string;
  readonly baseUrl: string;
  /** Not enumerable: it stays out of logs, JSON and copies made by spreading. */
  readonly apiKey: string;
}

/** What ends a run that goes on too long. */
export interface AgentLimits {
  /** Model calls in one run. */
  readonly maxSteps: number;
  /** Tokens, in and out, of one run; undefined is no limit. */
  readonly maxTokens: number | undefined;
  /** From the start of a run to its end. */
  readonly timeoutMs: number;
}

/** An agent as configured. Never changed: an edit makes new ones, and a run keeps the one it claimed. */
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

/** The agent there is without a file. */
export const BUILT_IN_AGENT = 'assistant';

const BUILT_IN_SYSTEM = `You are an assistant that works on tasks in the background.
Do what the task asks, then say in a few sentences what came of it.
When only a person can decide something, ask with manage_tasks; when the task cannot be done, fail it and say why.`;

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
