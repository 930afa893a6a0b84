import { lookup as systemLookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { messageOf } from '../core/errors.ts';
import { deferred } from '../core/promises.ts';
import type { OutgoingAllow } from './allow.ts';
import { OutboundFailed, type OutboundFailure } from './errors.ts';
import { mustBeReachable, type OutboundTarget, outboundTarget } from './url.ts';

interface Address {
  readonly address: string;
  readonly family: number;
}

/** Resolves a name to all its addresses. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

export interface GuardedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** For the whole call: DNS, connection, and answer to its end. */
  readonly timeoutMs: number;
  /** At most this much of the answer is read and returned; the rest is not awaited. */
  readonly maxResponseBytes: number;
  readonly allow: OutgoingAllow;
  readonly signal?: AbortSignal;
  /** How names are resolved. Default: by the operating system. */
  readonly resolve?: Resolve;
}

export interface GuardedResponse {
  readonly status: number;
  /** With lower-case names; repeated headers are joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const resolveWithSystem: Resolve = (host) => systemLookup(host, { all: true, order: 'verbatim' });

/**
 * One HTTP request to the public internet or to a host that the operator allows. The name is resolved here and the
 * connection goes to the checked addresses, so that DNS cannot change between check and call (DNS rebinding); every
 * address of the name must be allowed. Redirects are returned, not followed. Certificates are always verified and
 * proxies are not used, whatever the environment variables are.
 * Throws `OutboundRefused` if the call is not allowed and `OutboundFailed` if there is no complete answer.
 */
export async function guardedRequest(options: GuardedRequest): Promise<GuardedResponse> {
  const end = startEnd(options);
  try {
    end.signal.throwIfAborted();
    const target = outboundTarget(options.url, options.allow);
    const addresses = await Promise.race([resolveChecked(target, options), end.failed]);
    return await Promise.race([send(target, addresses, options, end.signal), end.failed]);
  } finally {
    end.stop();
  }
}

/** Ends a call from outside: on its timeout, or when the caller aborts. */
function startEnd({ timeoutMs, signal }: GuardedRequest) {
  const failed = deferred<never>();
  // The promise may already be settled.
  failed.promise.catch(() => undefined);
  const controller = new AbortController();
  const end = (reason: OutboundFailure, message: string): void => {
    const error = new OutboundFailed(reason, message);
    failed.reject(error);
    controller.abort(error);
  };
  const abort = (): void => end('aborted', 'the call was aborted');
  const timer = setTimeout(() => end('timeout', `no complete answer within ${timeoutMs} ms`), timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  return {
    failed: failed.promise,
    signal: controller.signal,
    stop: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}

/** The addresses of the target, all of them allowed. */
async function resolveChecked(
  target: OutboundTarget,
  { allow, resolve = resolveWithSystem }: GuardedRequest,
): Promise<readonly Address[]> {
  const family = isIP(target.host);
  const addresses = family === 0 ? await resolved(target.host, resolve) : [{ address: target.host, family }];
  for (const { address } of addresses) mustBeReachable(target, address, allow);
  return addresses;
}

async function resolved(host: string, resolve: Resolve): Promise<readonly Address[]> {
  let addresses: readonly Address[];
  try {
    addresses = await resolve(host);
  } catch (error) {
    throw new OutboundFailed('name', `the name ${host} could not be resolved: ${codeOf(error)}`, {
      cause: error,
    });
  }
  if (addresses.length === 0) throw new OutboundFailed('name', `the name ${host} has no address`);
  return addresses;
}

/** Always returns the checked addresses, so that no name is resolved a second time. */
function pinned(addresses: readonly Address[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, addresses as never);
    else callback(null, first?.address ?? '', first?.family);
  };
}

function send(
  target: OutboundTarget,
  addresses: readonly Address[],
  { method, headers, body, maxResponseBytes }: GuardedRequest,
  signal: AbortSignal,
): Promise<GuardedResponse> {
  const { url, host, port } = target;
  const isHttps = url.protocol === 'https:';
  const options: RequestOptions & { rejectUnauthorized?: boolean; servername?: string } = {
    method,
    host,
    port,
    path: `${url.pathname}${url.search}`,
    headers: {
      'accept-encoding': 'identity',
      ...headers,
      host: url.host,
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    },
    lookup: pinned(addresses),
    // A new connection: a kept one was checked for another call at another time.
    agent: false,
    ...(isHttps ? { rejectUnauthorized: true, ...(isIP(host) === 0 ? { servername: host } : {}) } : {}),
  };
  const answer = deferred<GuardedResponse>();
  const failWith = (error: unknown): void => answer.reject(failureOf(error));
  try {
    const request = (isHttps ? httpsRequest : httpRequest)(options);
    let hasAnswered = false;
    const cut = (): void => void request.destroy();
    if (signal.aborted) cut();
    signal.addEventListener('abort', cut, { once: true });
    request
      .on('error', failWith)
      .on('upgrade', (_response, socket) => {
        socket.destroy();
        failWith(new OutboundFailed('protocol', 'the server asked to switch protocols'));
      })
      .on('response', (response) => {
        hasAnswered = true;
        readAnswer(response, maxResponseBytes).then(answer.resolve, failWith).finally(cut);
      })
      .on('close', () => {
        signal.removeEventListener('abort', cut);
        if (!hasAnswered)
          failWith(new OutboundFailed('connection', 'the connection ended without an answer'));
      });
    request.end(body);
  } catch (error) {
    // Node refuses invalid headers and methods before it connects.
    failWith(new OutboundFailed('protocol', messageOf(error), { cause: error }));
  }
  return answer.promise;
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<GuardedResponse> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part);
      bytes += part.length;
      if (bytes >= maxBytes) break;
    }
  } catch (error) {
    throw new OutboundFailed('cut_off', `the answer was cut off: ${messageOf(error)}`, { cause: error });
  }
  const headers = Object.entries(response.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(parts).subarray(0, maxBytes),
  };
}

/** Shortens the long texts of OpenSSL errors. */
const MAX_MESSAGE = 300;

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : messageOf(error);
}

function failureOf(error: unknown): OutboundFailed {
  if (error instanceof OutboundFailed) return error;
  const code = codeOf(error);
  // If all of several addresses fail, Node throws one error without a message.
  const message = (messageOf(error) || code).trim().slice(0, MAX_MESSAGE);
  const reason: OutboundFailure = /^(?:HPE_|ERR_HTTP)/.test(code)
    ? 'protocol'
    : /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|INVALID_|HOSTNAME_)/.test(code)
      ? 'tls'
      : 'connection';
  return new OutboundFailed(reason, message, { cause: error });
}
