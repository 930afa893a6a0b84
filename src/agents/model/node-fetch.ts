import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { ModelError } from './model-error.ts';

/** A streamed answer of 100,000 tokens is about 25 MB on the wire. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** An idle connection is closed before routers between drop it, so that no call waits on a dead connection. */
const IDLE_CONNECTION_MS = 15_000;

const AGENT_OPTIONS = { keepAlive: true, scheduling: 'lifo', timeout: IDLE_CONNECTION_MS } as const;
const httpAgent = new HttpAgent(AGENT_OPTIONS);
const httpsAgent = new HttpsAgent(AGENT_OPTIONS);

/**
 * `fetch` over `node:http` with keep-alive, as far as the `openai` SDK uses it: a text body, an answer streamed or
 * whole, an abort signal. The built-in `fetch` reads through web streams, which cost more CPU per streamed call
 * (docs/decisions/027-model-calls-over-node-http.md). It follows no redirect: an API has none, and the key must not be
 * sent to another address. Throws `ModelError` `bad_response` for a 2xx that cannot be a stream.
 */
export const keepAliveFetch = (async (
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> => {
  const url = new URL(input instanceof Request ? input.url : input);
  const headers = Object.fromEntries(
    init.headers instanceof Headers ? init.headers : new Headers(init.headers),
  );
  const body = typeof init.body === 'string' ? init.body : '';
  headers['content-length'] = String(Buffer.byteLength(body));
  const send = (): Promise<IncomingMessage> => sendOnce(url, init, headers, body);
  const message = await send().catch((error: unknown) => {
    // The server closed an idle connection just as it was used again: it has not read the request.
    if (error instanceof ReusedConnectionReset) return send();
    throw error;
  });
  return responseOf(message, url.href);
}) as typeof fetch;

class ReusedConnectionReset extends Error {}

function sendOnce(
  url: URL,
  init: RequestInit,
  headers: Record<string, string>,
  body: string,
): Promise<IncomingMessage> {
  const isTls = url.protocol === 'https:';
  const { signal } = init;
  return new Promise((resolve, reject) => {
    let message: IncomingMessage | undefined;
    const outgoing = (isTls ? requestHttps : requestHttp)(
      url,
      { method: init.method ?? 'GET', headers, agent: isTls ? httpsAgent : httpAgent },
      (incoming) => {
        message = incoming;
        resolve(incoming);
      },
    );
    // Not through the request's own `signal` option: it destroys the socket with an error, and between the end of the
    // answer and the socket's return to the pool nobody listens for that error.
    const abort = (): void => {
      if (message) message.destroy();
      else outgoing.destroy();
    };
    signal?.addEventListener('abort', abort, { once: true });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const isReset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      const isStale = isReset && outgoing.reusedSocket && !signal?.aborted;
      reject(isStale ? new ReusedConnectionReset(error.message, { cause: error }) : error);
    });
    outgoing.end(body);
  });
}

function responseOf(message: IncomingMessage, url: string): Response {
  // The reader of the body receives its error; until somebody reads, it must not be an uncaught one.
  message.on('error', () => undefined);
  const status = message.statusCode ?? 0;
  const ok = status >= 200 && status < 300;
  if (ok) refuseUnlessStream(message);
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    if (typeof value === 'string') headers.set(name, value);
    else for (const each of value ?? []) headers.append(name, each);
  }
  const body = limited(message);
  const response = {
    status,
    ok,
    url,
    headers,
    body,
    text: async (): Promise<string> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8');
    },
  };
  // The SDK uses only the members above in its request and stream paths; test/unit/agents/model/ holds it to that.
  return response as unknown as Response;
}

/** Some endpoints answer 200 with a login page, or ignore `stream`. The SDK would read both as an empty stream. */
function refuseUnlessStream(message: IncomingMessage): void {
  const type = message.headers['content-type'] ?? '';
  const encoding = message.headers['content-encoding'] ?? 'identity';
  let problem: string | undefined;
  if (/^\s*text\/html/i.test(type)) problem = 'an HTML page instead of an answer; is the base URL right?';
  else if (/^\s*application\/json/i.test(type)) problem = 'one JSON document instead of a stream';
  else if (encoding !== 'identity') problem = `a ${encoding} stream, which was not requested`;
  if (problem === undefined) return;
  message.destroy();
  throw new ModelError('bad_response', `The provider sent ${problem}`, { status: message.statusCode ?? 0 });
}

async function* limited(message: IncomingMessage): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES)
      throw new ModelError('bad_response', `The answer is over ${MAX_BODY_BYTES} bytes.`);
    yield chunk;
  }
}
