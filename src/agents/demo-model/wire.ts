import { z } from 'zod';

/** The part of a chat completion request that the demo model reads; other fields are accepted and ignored. */
const toolCall = z.object({
  id: z.string().min(1),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const content = z
  .union([z.string(), z.array(z.object({ type: z.string(), text: z.string().optional() }))])
  .nullish();

const message = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content,
  tool_calls: z.array(toolCall).optional(),
  tool_call_id: z.string().optional(),
});

export const completionRequest = z.object({
  model: z.string(),
  messages: z.array(message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  tools: z.array(z.object({ function: z.object({ name: z.string() }) })).optional(),
});

export type CompletionRequest = z.infer<typeof completionRequest>;
export type WireMessage = CompletionRequest['messages'][number];

/** The demo model's answer to one request. */
export interface DemoReply {
  readonly text: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  /** True for a step that takes visibly long. */
  readonly isSlow: boolean;
}

/** The text of a message, sent as a string or in parts. */
export function textOf(message: WireMessage): string {
  if (typeof message.content === 'string') return message.content;
  return message.content?.map((part) => part.text ?? '').join('') ?? '';
}

/**
 * The error text, in OpenAI's words, for a tool call without its result or a result without its call; undefined when all
 * match. Real models refuse such requests, so the demo does too: a loop that builds them fails in its first test.
 */
export function unmatchedToolCall(messages: readonly WireMessage[]): string | undefined {
  const open = new Set<string>();
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id ?? '')) {
        return "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.";
      }
    } else {
      if (open.size > 0) break;
      if (message.role === 'assistant') for (const call of message.tool_calls ?? []) open.add(call.id);
    }
  }
  if (open.size === 0) return undefined;
  const ids = [...open].join(', ');
  return `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids}`;
}
