import { replaceControlCharacters } from '../core/clean-text.ts';
import { messageOf } from '../core/errors.ts';
import { signaturesOf } from '../core/standard-webhooks.ts';
import { OutboundFailed, OutboundRefused } from '../guarded-http/errors.ts';
import type { GuardedRequest, GuardedResponse } from '../guarded-http/guarded-request.ts';
import type { ClaimedDelivery } from '../store/deliveries/outgoing-claim.ts';
import { retryAfterMs } from './retry-schedule.ts';

/** How a call is made; `guarded-http` decides what may be called. */
export type Call = (request: Omit<GuardedRequest, 'allow'>) => Promise<GuardedResponse>;

/** The outcome of one attempt. */
export interface Attempted {
  /** Null if there was no answer. */
  readonly status: number | null;
  /** Null if the receiver accepted it. */
  readonly error: string | null;
  readonly response: string | null;
  /** The wait that the receiver asked for. */
  readonly retryAfterMs: number | undefined;
  /** True if this process aborted it. */
  readonly wasStopped: boolean;
}

/** How much of an answer's body is read, and how much of it is stored. */
const MAX_RESPONSE_BYTES = 16 * 1024;
const KEPT_CHARACTERS = 1_000;
/** The statuses whose `Retry-After` is used. */
const MAY_ASK_FOR_TIME = [429, 503];

/** Makes one attempt of a delivery, signed with each secret at this moment. Never throws. */
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
  if (status >= 300 && status < 400) return `receiver answered ${status}; redirects are not followed`;
  return `receiver answered ${status}`;
}

function failureOf(error: unknown): string {
  if (error instanceof OutboundRefused) return `not called: the URL ${error.message}`;
  if (error instanceof OutboundFailed) {
    return error.reason === 'aborted'
      ? 'aborted: the process is stopping'
      : `${error.reason}: ${error.message}`;
  }
  return `unforeseen: ${messageOf(error).slice(0, KEPT_CHARACTERS)}`;
}

/** The beginning of an answer, as a text that can be stored and shown. */
function shown(body: Buffer): string | null {
  if (body.length === 0) return null;
  const clean = replaceControlCharacters(body.toString('utf8'), '\ufffd');
  return clean.slice(0, KEPT_CHARACTERS).toWellFormed();
}
