/** One message of a conversation with a model; `openai-model.ts` turns it into the form of the API. */
export type ModelMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string };

/** A tool call that the model asks for. `arguments` is the model's raw text: parse it with `parseToolArguments`. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** A tool as it is described to the model; `parameters` is a JSON Schema of an object. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ModelUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface ModelRequest {
  readonly model: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ModelTool[];
  /** Ends the call within milliseconds, as `ModelError` with reason `aborted`. */
  readonly signal: AbortSignal;
  /** The most tokens in the answer; more ends as reason `length`. */
  readonly maxOutputTokens?: number;
  /** Called for each piece of text, in order; an error that it throws ends the call. */
  readonly onText?: (delta: string) => void;
}

/** A complete answer: it ended with a finish reason, and has text or tool calls or both. */
export interface ModelReply {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  /** `tool_calls` exactly when `toolCalls` is not empty. */
  readonly finishReason: 'stop' | 'tool_calls';
  /** Absent when the provider does not count tokens. */
  readonly usage?: ModelUsage;
}

/** Calls a model. Throws `ModelError`, or what `onText` throws. */
export interface Model {
  call(request: ModelRequest): Promise<ModelReply>;
}
