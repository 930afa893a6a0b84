import OpenAI from 'openai';
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { CallWatch } from './call-watch.ts';
import { modelErrorOf } from './classify.ts';
import { ModelError } from './model-error.ts';
import { keepAliveFetch } from './node-fetch.ts';
import type { Model, ModelMessage, ModelReply, ModelRequest } from './port.ts';
import { ReplyAssembly } from './reply-assembly.ts';

export interface OpenAiModelOptions {
  /** The root of an OpenAI-compatible API, such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** The longest time without data; at least 300 s for real models, which are silent while they think. */
  readonly idleMs?: number;
  /** The longest whole call. */
  readonly totalMs?: number;
}

const DEFAULT_IDLE_MS = 300_000;
const DEFAULT_TOTAL_MS = 30 * 60_000;

/**
 * A model behind an OpenAI-compatible API, through the `openai` SDK. One client and one pool of connections serve
 * all its calls. The unit of work retries, so the SDK does not; its log would print chunks, so it is off.
 */
export function createOpenAiModel(options: OpenAiModelOptions): Model {
  const idleMs = options.idleMs ?? DEFAULT_IDLE_MS;
  const totalMs = options.totalMs ?? DEFAULT_TOTAL_MS;
  const { completions } = new OpenAI({
    baseURL: options.baseUrl,
    apiKey: options.apiKey,
    // If omitted, these are read from the environment and sent to whatever provider this is.
    adminAPIKey: null,
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: 'off',
    // This limit ends with the headers; the watch has the limits that count.
    timeout: totalMs + 1000,
    fetch: keepAliveFetch,
  }).chat;
  const isOpenAi = new URL(options.baseUrl).hostname === 'api.openai.com';

  return {
    async call(request: ModelRequest): Promise<ModelReply> {
      const reply = new ReplyAssembly();
      const watch = new CallWatch(request.signal, idleMs, totalMs);
      let callersError: { readonly error: unknown } | undefined;
      try {
        watch.throwIfEnded();
        const stream = await completions.create(bodyOf(request, isOpenAi), { signal: watch.signal });
        for await (const chunk of stream) {
          watch.throwIfEnded();
          const delta = reply.add(chunk);
          if (delta !== '' && request.onText) {
            try {
              request.onText(delta);
            } catch (error) {
              callersError = { error };
              throw error;
            }
          }
          if (reply.isFinished) watch.onlyUsageIsLeft();
          else watch.received();
        }
        watch.throwIfEnded();
        return reply.finish();
      } catch (error) {
        if (callersError) throw callersError.error;
        const failure = watch.failure ?? modelErrorOf(error, options.apiKey);
        // The connection broke or stayed silent after the finish reason: the answer is complete.
        if (reply.isFinished && failure.reason === 'cut_off') return reply.finish();
        throw withText(failure, reply.text);
      } finally {
        watch.release();
      }
    },
  };
}

function bodyOf(request: ModelRequest, isOpenAi: boolean): ChatCompletionCreateParamsStreaming {
  const { maxOutputTokens, tools } = request;
  return {
    model: request.model,
    messages: request.messages.map(wireMessage),
    stream: true,
    stream_options: { include_usage: true },
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, parameters }) => ({
        type: 'function' as const,
        function: { name, description, parameters },
      })),
    }),
    // OpenAI's newer models refuse the old name; most other servers know only the old one.
    ...(maxOutputTokens !== undefined &&
      (isOpenAi ? { max_completion_tokens: maxOutputTokens } : { max_tokens: maxOutputTokens })),
  };
}

function wireMessage(message: ModelMessage): ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: message.content };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
    case 'assistant': {
      const calls = message.toolCalls;
      if (!calls || calls.length === 0) return { role: 'assistant', content: message.content };
      return {
        role: 'assistant',
        content: message.content === '' ? null : message.content,
        tool_calls: calls.map((call) => ({
          id: call.id,
          type: 'function',
          function: { name: call.name, arguments: call.arguments },
        })),
      };
    }
  }
}

function withText(failure: ModelError, partialText: string): ModelError {
  if (partialText === '' || failure.partialText !== '') return failure;
  const { reason, message, retryable, retryAfterMs, status, cause } = failure;
  return new ModelError(reason, message, {
    retryable,
    partialText,
    cause,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(status !== undefined && { status }),
  });
}
