import { randomUUID } from 'node:crypto';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { ModelError, type ModelFailure } from './model-error.ts';
import type { ModelReply, ModelUsage, ToolCall } from './port.ts';

/** Far more than any real answer has; a provider that never stops streaming must not fill the memory. */
const MAX_REPLY_CHARACTERS = 4 * 1024 * 1024;
const MAX_TOOL_CALLS = 128;

interface PartialCall {
  id: string;
  name: string;
  arguments: string;
}

/**
 * Gathers the chunks of one streamed answer. The SDK does not check what the provider sent, so every field is
 * checked here.
 */
export class ReplyAssembly {
  readonly #calls: PartialCall[] = [];
  /** The provider's index → the call that its next deltas belong to. */
  readonly #callByIndex = new Map<number, PartialCall>();
  #text = '';
  #refusal = '';
  #characters = 0;
  #finish: string | undefined;
  #usage: ModelUsage | undefined;

  /** The text received so far. */
  get text(): string {
    return this.#text;
  }

  /** True once a finish reason was received: only the usage can follow. */
  get isFinished(): boolean {
    return this.#finish !== undefined;
  }

  /** Adds one chunk and gives the text in it; throws `ModelError` `bad_response` when it cannot be part of an answer. */
  add(chunk: ChatCompletionChunk): string {
    if (typeof chunk !== 'object' || chunk === null) throw this.#bad('a chunk that is not an object');
    const { usage } = chunk;
    if (usage && Number.isFinite(usage.prompt_tokens) && Number.isFinite(usage.completion_tokens)) {
      this.#usage = { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens };
    }
    const choice = chunk.choices?.[0];
    if (!choice) return '';
    const { delta } = choice;
    let added = '';
    if (delta) {
      const { content, refusal, tool_calls: toolCalls } = delta;
      if (typeof content === 'string' && content !== '') {
        this.#count(content.length);
        this.#text += content;
        added = content;
      }
      if (typeof refusal === 'string') {
        this.#count(refusal.length);
        this.#refusal += refusal;
      }
      if (Array.isArray(toolCalls)) for (const call of toolCalls) this.#addCall(call);
    }
    if (typeof choice.finish_reason === 'string') this.#finish = choice.finish_reason;
    return added;
  }

  /** The complete answer; throws `ModelError` when there is none. */
  finish(): ModelReply {
    const finish = this.#finish;
    if (finish === undefined) {
      throw new ModelError('cut_off', 'The stream ended without a finish reason.', {
        partialText: this.#text,
      });
    }
    if (this.#refusal !== '' && this.#text === '' && this.#calls.length === 0) {
      throw new ModelError('refused', `The model declined: ${this.#refusal.slice(0, 500)}`);
    }
    const failure = UNFINISHED.get(finish);
    if (failure) throw new ModelError(failure.reason, failure.message, { partialText: this.#text });
    if (!WHOLE.has(finish)) throw this.#bad(`an unknown finish reason (${finish.slice(0, 100)})`);
    if (this.#calls.length === 0 && finish === 'tool_calls')
      throw this.#bad('a finish reason of tool_calls and no call');
    if (this.#calls.length === 0 && this.#text === '') throw this.#bad('an empty message');
    return {
      text: this.#text,
      toolCalls: this.#calls.map((call) => this.#wholeCall(call)),
      finishReason: this.#calls.length > 0 ? 'tool_calls' : 'stop',
      ...(this.#usage && { usage: this.#usage }),
    };
  }

  #addCall(delta: ToolCallDelta): void {
    if (typeof delta !== 'object' || delta === null) throw this.#bad('a tool call that is not an object');
    const id = typeof delta.id === 'string' ? delta.id : '';
    const name = delta.function?.name;
    const text = delta.function?.arguments as unknown;
    // Some providers omit the index: then a delta with an id begins a call, and one without continues the last.
    const index =
      typeof delta.index === 'number' ? delta.index : id === '' ? this.#calls.length - 1 : this.#calls.length;
    let call = this.#callByIndex.get(index);
    // Some providers give every parallel call the index 0: another id is another call.
    if (!call || (id !== '' && call.id !== '' && call.id !== id)) {
      if (this.#calls.length >= MAX_TOOL_CALLS) throw this.#bad(`more than ${MAX_TOOL_CALLS} tool calls`);
      call = { id: '', name: '', arguments: '' };
      this.#calls.push(call);
      this.#callByIndex.set(index, call);
    }
    if (call.id === '') call.id = id;
    if (typeof name === 'string' && name !== call.name) call.name += name;
    if (typeof text === 'string') {
      this.#count(text.length);
      call.arguments += text;
    } else if (typeof text === 'object' && text !== null) {
      call.arguments += JSON.stringify(text);
    }
  }

  #wholeCall(call: PartialCall): ToolCall {
    if (call.name === '') throw this.#bad('an incomplete tool call: it names no tool');
    // An id only links call and result, so a missing one can be made here.
    return {
      id: call.id === '' ? `call_${randomUUID()}` : call.id,
      name: call.name,
      arguments: call.arguments,
    };
  }

  #count(characters: number): void {
    this.#characters += characters;
    if (this.#characters > MAX_REPLY_CHARACTERS)
      throw this.#bad(`more than ${MAX_REPLY_CHARACTERS} characters`);
  }

  #bad(what: string): ModelError {
    return new ModelError('bad_response', `The model's answer has ${what}.`, { partialText: this.#text });
  }
}

type ToolCallDelta = ChatCompletionChunk.Choice.Delta.ToolCall;

/** `eos` and `end_turn` are model-specific reasons that some servers pass on. */
const WHOLE = new Set(['stop', 'tool_calls', 'function_call', 'eos', 'end_turn']);

interface Unfinished {
  readonly reason: ModelFailure;
  readonly message: string;
}

const REFUSED: Unfinished = {
  reason: 'refused',
  message: "The provider's content filter stopped the answer.",
};
const TOO_LONG: Unfinished = { reason: 'length', message: "The answer reached the model's length limit." };
const ABANDONED: Unfinished = {
  reason: 'unavailable',
  message: 'The provider ended the answer with an error.',
};

/** OpenAI's own reasons, and those that GLM and DeepSeek add to them. */
const UNFINISHED: ReadonlyMap<string, Unfinished> = new Map([
  ['content_filter', REFUSED],
  ['sensitive', REFUSED],
  ['length', TOO_LONG],
  ['max_tokens', TOO_LONG],
  ['model_context_window_exceeded', TOO_LONG],
  ['network_error', ABANDONED],
  ['insufficient_system_resource', ABANDONED],
  ['error', ABANDONED],
]);
