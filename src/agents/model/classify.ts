import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { messageOf } from '../../core/errors.ts';
import { ModelError, type ModelErrorDetails, type ModelFailure } from './model-error.ts';
import { retryAfterMs } from './retry-after.ts';

const MAX_MESSAGE_CHARACTERS = 500;

/** The typed failure for any error of the SDK; `secret` (the key) is removed from its message. */
export function modelErrorOf(error: unknown, secret: string): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof APIConnectionError) {
    if (error.cause instanceof ModelError) return error.cause;
    const reason = error instanceof APIConnectionTimeoutError ? 'timeout' : 'unavailable';
    return new ModelError(reason, `No connection to the model: ${rootMessage(error)}`, { cause: error });
  }
  if (error instanceof APIError) return fromProvider(error, secret);
  if (error instanceof SyntaxError) {
    return new ModelError('bad_response', 'The stream has a line that is not JSON.');
  }
  // Any other error comes from the connection while the stream is read: reset, terminated, closed early.
  return new ModelError(
    'cut_off',
    `The connection broke in the middle of the answer: ${rootMessage(error)}`,
    {
      cause: error,
    },
  );
}

/** An error that the provider sent: with a status, or as an event of the stream (then without one). */
function fromProvider(error: APIError, secret: string): ModelError {
  const { status, code, type } = error;
  const header = (name: string): string | null => error.headers?.get(name) ?? null;
  const after = retryAfterMs(header);
  const details: ModelErrorDetails = {
    ...(status !== undefined && { status }),
    ...(after !== undefined && { retryAfterMs: after }),
    // The quota is used up: waiting does not help.
    ...(code === 'insufficient_quota' && { retryable: false }),
  };
  return new ModelError(reasonOf(status, code ?? type ?? ''), readable(error, secret), details);
}

function reasonOf(status: number | undefined, code: string): ModelFailure {
  if (code === 'context_length_exceeded') return 'length';
  if (code === 'content_filter' || code === 'content_policy_violation') return 'refused';
  if (status === 429 || code.startsWith('rate_limit') || code === 'insufficient_quota') return 'rate_limited';
  if (status === undefined || status >= 500 || status === 408 || status === 409 || status === 425)
    return 'unavailable';
  if (status === 401 || status === 403) return 'unauthorized';
  return status >= 400 ? 'bad_request' : 'bad_response';
}

function readable(error: APIError, secret: string): string {
  const isPage = /<(!doctype|html|head|body)\b/i.test(error.message);
  const text = isPage
    ? `${error.status ?? ''} an HTML page instead of an answer; is the base URL right?`.trim()
    : error.message;
  const clean = secret === '' ? text : text.replaceAll(secret, '[redacted]');
  return `The provider answered: ${clean.slice(0, MAX_MESSAGE_CHARACTERS)}`;
}

/** The message of the innermost cause, which is the most precise ("connect ECONNREFUSED …" below "Connection error."). */
function rootMessage(error: unknown): string {
  let root = error;
  for (let depth = 0; depth < 5 && root instanceof Error && root.cause !== undefined; depth += 1)
    root = root.cause;
  const code = root instanceof Error && 'code' in root ? String(root.code) : '';
  return (messageOf(root) || code || 'unknown').slice(0, MAX_MESSAGE_CHARACTERS);
}
