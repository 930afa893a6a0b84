import { z } from 'zod';

/** The part of a chat completion request that the demo model reads; what else a client sends is let by, as OpenAI does. */
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

/** What the demo model says to one request. */
export interface DemoReply {
  readonly text: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  /** True for a step that takes visibly long. */
  readonly isSlow: boolean;
}

/** The text of a message, whether it came as a string or in parts. */
export function textOf(message: WireMessage): string {
  if (typeof message.content === 'string') return message.content;
  return message.content?.map((part) => part.text ?? '').join('') ?? '';
}

/**
 * The first tool call without its result, or result without its call, said as OpenAI says it; undefined when all match.
 * The demo refuses these as the real ones do, so that a loop that builds such messages fails in its first test.
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
