import type { ServerResponse } from 'node:http';
import { sleep } from '../../core/clock.ts';
import type { DemoReply } from './wire.ts';

export interface StreamOptions {
  readonly id: string;
  readonly createdS: number;
  readonly model: string;
  readonly includeUsage: boolean;
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
  };
  /** The delay between two pieces; 0 writes the whole answer at once, without a timer. */
  readonly delayMs: number;
  /** Fires when the client has disconnected. */
  readonly signal: AbortSignal;
}

/** Streams `reply` as OpenAI does: the role, the text in pieces, tool calls by index, the finish reason, usage, `[DONE]`. */
export async function streamReply(
  response: ServerResponse,
  reply: DemoReply,
  options: StreamOptions,
): Promise<void> {
  const events = eventsOf(reply, options);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  if (options.delayMs === 0) {
    response.end(events.join(''));
    return;
  }
  for (const event of events) {
    response.write(event);
    if (!(await sleep(options.delayMs, options.signal))) return;
  }
  response.end();
}

function eventsOf(reply: DemoReply, options: StreamOptions): string[] {
  const { id, createdS, model, includeUsage, usage } = options;
  const head = `data: {"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${createdS},"model":${JSON.stringify(model)},"system_fingerprint":"fp_demo",`;
  const tail = includeUsage ? ',"usage":null}\n\n' : '}\n\n';
  const chunk = (delta: unknown, finish: string | null): string =>
    `${head}"choices":[{"index":0,"delta":${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}]${tail}`;

  const events = [chunk({ role: 'assistant', content: '', refusal: null }, null)];
  for (const piece of piecesOf(reply.text)) events.push(chunk({ content: piece }, null));
  reply.toolCalls.forEach((call, index) => {
    const opening = { index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } };
    events.push(chunk({ tool_calls: [opening] }, null));
    for (const piece of halvesOf(call.arguments)) {
      events.push(chunk({ tool_calls: [{ index, function: { arguments: piece } }] }, null));
    }
  });
  events.push(chunk({}, reply.toolCalls.length > 0 ? 'tool_calls' : 'stop'));
  if (includeUsage) events.push(`${head}"choices":[],"usage":${JSON.stringify(usage)}}\n\n`);
  events.push('data: [DONE]\n\n');
  return events;
}

/** Words with the space before them, like the tokens of most models; joined they are the text again. */
export function piecesOf(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

/** Tool arguments are sent in more than one piece, as real models do. */
function halvesOf(text: string): readonly string[] {
  const middle = text.length >> 1;
  return middle === 0 ? [text] : [text.slice(0, middle), text.slice(middle)];
}
