import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../../core/log.ts';
import { replyTo } from './script.ts';
import { piecesOf, streamReply } from './stream.ts';
import { type CompletionRequest, completionRequest, type DemoReply, unmatchedToolCall } from './wire.ts';

/** The only model of this server. It answers for every model that an agent names, and every answer says that it is a demo. */
export const DEMO_MODEL = 'demo';

const MAX_BODY_BYTES = 16 * 1024 * 1024;
const DEFAULT_TOKEN_DELAY_MS = 15;
const DEFAULT_SLOW_STEP_DELAY_MS = 1000;

export interface DemoModelOptions {
  readonly log: Log;
  /** The delay between two pieces of a streamed answer; 0 writes each answer at once, without timers. */
  readonly tokenDelayMs?: number;
  /** How long each step of a task with the word `slow` takes. */
  readonly slowStepDelayMs?: number;
}

export interface DemoModel extends AsyncDisposable {
  /** Ends in `/v1`, as the `openai` SDK expects. */
  readonly baseUrl: string;
  /** The bearer token; new at each start. */
  readonly token: string;
}

interface Delays {
  readonly tokenMs: number;
  readonly slowStepMs: number;
}

/** An OpenAI-style error answer. */
class HttpError extends Error {
  readonly status: number;
  readonly code: string | null;

  constructor(status: number, message: string, code: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * Starts the demo model: an OpenAI-compatible endpoint on a free port of the loopback interface, behind a random token.
 * It stores nothing between requests; disposing it ends every stream at once.
 */
export async function startDemoModel(options: DemoModelOptions): Promise<DemoModel> {
  const token = randomBytes(24).toString('base64url');
  const expected = digest(`Bearer ${token}`);
  const delays: Delays = {
    tokenMs: options.tokenDelayMs ?? DEFAULT_TOKEN_DELAY_MS,
    slowStepMs: options.slowStepDelayMs ?? DEFAULT_SLOW_STEP_DELAY_MS,
  };
  const server = createServer((request, response) => {
    handle(request, response, expected, delays).catch((error: unknown) => {
      if (response.destroyed) return;
      if (!(error instanceof HttpError)) options.log.error({ err: error }, 'the demo model failed to answer');
      const { status, message, code } =
        error instanceof HttpError ? error : new HttpError(500, 'The demo model failed to answer.');
      if (response.headersSent) response.destroy();
      else sendError(response, status, message, code);
    });
  });
  // Longer than clients keep an idle connection, so that no request is sent on one that is being closed.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => options.log.error({ err: error }, 'the server of the demo model failed'));
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    token,
    [Symbol.asyncDispose]() {
      closed ??= new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closed;
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  expected: Buffer,
  delays: Delays,
): Promise<void> {
  if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) {
    throw new HttpError(401, 'Incorrect API key provided.', 'invalid_api_key');
  }
  const path = (request.url ?? '').split('?', 1)[0];
  if (path === '/v1/models' && request.method === 'GET') {
    const model = { id: DEMO_MODEL, object: 'model', created: 0, owned_by: 'errand' };
    sendJson(response, 200, { object: 'list', data: [model] });
  } else if (path === '/v1/chat/completions' && request.method === 'POST') {
    await complete(response, parse(await bodyOf(request)), delays);
  } else {
    throw new HttpError(404, `Unknown request URL: ${request.method} ${path}.`, 'unknown_url');
  }
}

async function complete(response: ServerResponse, request: CompletionRequest, delays: Delays): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const reply = replyTo(request);
  const usage = usageOf(request, reply);
  const id = `chatcmpl-${randomUUID()}`;
  const createdS = Math.floor(Date.now() / 1000);
  const pieces = piecesOf(reply.text).length + 5;
  if (request.stream) {
    const includeUsage = request.stream_options?.include_usage ?? false;
    const delayMs = reply.isSlow ? delays.slowStepMs / pieces : delays.tokenMs;
    const { signal } = gone;
    await streamReply(response, reply, {
      id,
      createdS,
      model: DEMO_MODEL,
      includeUsage,
      usage,
      delayMs,
      signal,
    });
    return;
  }
  const { text, toolCalls } = reply;
  const calls = toolCalls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
  const message = {
    role: 'assistant',
    content: text,
    refusal: null,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  const choice = {
    index: 0,
    message,
    logprobs: null,
    finish_reason: calls.length > 0 ? 'tool_calls' : 'stop',
  };
  sendJson(response, 200, {
    id,
    object: 'chat.completion',
    created: createdS,
    model: DEMO_MODEL,
    choices: [choice],
    usage,
  });
}

function parse(body: string): CompletionRequest {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new HttpError(400, 'We could not parse the JSON body of your request.');
  }
  const parsed = completionRequest.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new HttpError(400, `Invalid request: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const unmatched = unmatchedToolCall(parsed.data.messages);
  if (unmatched !== undefined) throw new HttpError(400, unmatched);
  return parsed.data;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new HttpError(413, `The body is over ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Estimated as four characters per token. */
function usageOf(
  request: CompletionRequest,
  reply: DemoReply,
): {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
} {
  let promptCharacters = 0;
  for (const message of request.messages) promptCharacters += message.content?.length ?? 0;
  let replyCharacters = reply.text.length;
  for (const call of reply.toolCalls) replyCharacters += call.arguments.length;
  const promptTokens = Math.ceil(promptCharacters / 4);
  const completionTokens = Math.ceil(replyCharacters / 4);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function sendError(response: ServerResponse, status: number, message: string, code: string | null): void {
  const type = status === 500 ? 'server_error' : 'invalid_request_error';
  sendJson(response, status, { error: { message, type, param: null, code } });
}

/** Equal lengths, so that the comparison takes the same time for every guess. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
