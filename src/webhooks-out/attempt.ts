import { replaceControlCharacters } from '../core/clean-text.ts';
import { messageOf } from '../core/errors.ts';
import { signaturesOf } from '../core/standard-webhooks.ts';
import { OutboundFailed, OutboundRefused } from '../guarded-http/errors.ts';
import type { GuardedRequest, GuardedResponse } from '../guarded-http/guarded-request.ts';
import type { ClaimedDelivery } from '../store/deliveries/outgoing-claim.ts';
import { retryAfterMs } from './retry-schedule.ts';

/** How a call is made; the guard decides what may be called. */
export type Call = (request: Omit<GuardedRequest, 'allow'>) => Promise<GuardedResponse>;

/** How one try went. */
export interface Attempted {
  /** Null when there was no answer. */
  readonly status: number | null;
  /** Null when it was taken. */
  readonly error: string | null;
  readonly response: string | null;
  /** What the receiver asked for. */
  readonly retryAfterMs: number | undefined;
  /** True when it was stopped from here. */
  readonly wasStopped: boolean;
}

/** Of an answer's body, so much is read, and so much of it kept. */
const MAX_RESPONSE_BYTES = 16 * 1024;
const KEPT_CHARACTERS = 1_000;
/** The answers with which a receiver may say when to come back. */
const MAY_ASK_FOR_TIME = [429, 503];

/** Makes one try of a delivery: signed with each secret, at this moment. Never throws. */
export async function attempt(
  call: Call,
  { delivery, url, secrets, now }: ClaimedDelivery,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Attempted> {
  const timestamp = Math.floor(now.getTime() / 1_000);
  const signature = signaturesOf(secrets, { id: delivery.key, timestamp, body: delivery.body });
  try {
    const answer = await call({
      url,
      method: 'POST',
      headers: {
        ...delivery.headers,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signature,
      },
      body: delivery.body,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      ...options,
    });
    const mayAsk = MAY_ASK_FOR_TIME.includes(answer.status);
    return {
      status: answer.status,
      error: errorOf(answer.status),
      response: shown(answer.body),
      retryAfterMs: mayAsk ? retryAfterMs(answer.headers['retry-after'], now) : undefined,
      wasStopped: false,
    };
  } catch (error) {
    return {
      status: null,
      error: failureOf(error),
      response: null,
      retryAfterMs: undefined,
      wasStopped: error instanceof OutboundFailed && error.reason === 'aborted',
    };
  }
}

function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `it answered ${status}: redirects are not followed`;
  return `it answered ${status}`;
}

function failureOf(error: unknown): string {
  if (error instanceof OutboundRefused) return `it was not called: the URL ${error.message}`;
  if (error instanceof OutboundFailed) {
    return error.reason === 'aborted'
      ? 'it was stopped: this process ends'
      : `${error.reason}: ${error.message}`;
  }
  return `unforeseen: ${messageOf(error).slice(0, KEPT_CHARACTERS)}`;
}

/** The beginning of an answer, as a text that a database and a screen can take. */
function shown(body: Buffer): string | null {
  if (body.length === 0) return null;
  const clean = replaceControlCharacters(body.toString('utf8'), '\ufffd');
  return clean.slice(0, KEPT_CHARACTERS).toWellFormed();
}
