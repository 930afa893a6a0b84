import type { ErrorCode, OperationErrorCode } from '../../core/errors.ts';

/** Error codes of HTTP, in addition to those of every API. */
const HTTP_CODES = [
  'MALFORMED_REQUEST',
  'METHOD_NOT_ALLOWED',
  'NOT_ACCEPTABLE',
  'PRECONDITION_FAILED',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'IDEMPOTENCY_KEY_IN_FLIGHT',
  'RATE_LIMITED',
  'INTERNAL',
] as const;
type HttpCode = (typeof HTTP_CODES)[number];

export type ProblemCode = ErrorCode | OperationErrorCode | HttpCode;

/** The HTTP status of each error code of the use-cases: a new code does not compile until it has one. */
const STATUS_OF = {
  VALIDATION: 422,
  NOT_FOUND: 404,
  FORBIDDEN: 403,
  ILLEGAL_TRANSITION: 409,
  VERSION_CONFLICT: 409,
  LEASE_HELD: 409,
  NOT_WAITING: 409,
  IDEMPOTENCY_KEY_REUSED: 422,
} as const satisfies Record<ErrorCode, number>;

/** All problems, each with its status, title and advice. The codes are stable, because clients depend on them. */
export const PROBLEMS = {
  VALIDATION: {
    status: STATUS_OF.VALIDATION,
    title: 'Invalid input',
    advice:
      'The body or a parameter is well-formed, but a value is not allowed. `errors` lists each place and what is allowed there.',
  },
  NOT_FOUND: {
    status: STATUS_OF.NOT_FOUND,
    title: 'Not found',
    advice: 'The path does not exist, or no resource has this id.',
  },
  FORBIDDEN: {
    status: STATUS_OF.FORBIDDEN,
    title: 'Not allowed',
    advice: 'The API key is valid, but its role may not do this. `detail` names the missing permission.',
  },
  ILLEGAL_TRANSITION: {
    status: STATUS_OF.ILLEGAL_TRANSITION,
    title: 'Illegal status change',
    advice:
      'The task cannot change to this status. `from` is its status, `to` the requested one, `allowed` the possible ones.',
  },
  VERSION_CONFLICT: {
    status: STATUS_OF.VERSION_CONFLICT,
    title: 'Version conflict',
    advice:
      'The task is not at the expected version. Read it again (`current_version`), decide again, and send the new version.',
  },
  LEASE_HELD: {
    status: STATUS_OF.LEASE_HELD,
    title: 'Task is leased to a run',
    advice:
      'While a run holds a task, only that run changes its status; `held_by` names it. The task can still be cancelled.',
  },
  NOT_WAITING: {
    status: STATUS_OF.NOT_WAITING,
    title: 'Task does not wait for this answer',
    advice:
      'The task has no open question, or another one. Read it again: `input_request` is the open question.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: STATUS_OF.IDEMPOTENCY_KEY_REUSED,
    title: 'Idempotency key was used for another request',
    advice: 'Within 24 hours a key belongs to one request. Use a new key for a different body.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'Authentication required',
    advice:
      'Send `Authorization: Bearer <API key>`; the key may be missing, unknown, expired or revoked. For a webhook: its signature is missing, wrong or too old.',
  },
  BAD_CURSOR: {
    status: 400,
    title: 'Invalid cursor',
    advice: 'Send a cursor unchanged to the list that returned it, or omit it for the first page.',
  },
  SLOW_CONSUMER: {
    status: 503,
    title: 'Client reads the stream too slowly',
    advice: 'Reconnect with the id of the last event you have in `Last-Event-ID`, and read faster.',
  },
  TOO_MANY_SUBSCRIPTIONS: {
    status: 429,
    title: 'Too many concurrent streams',
    advice: 'Close one before you open another.',
  },
  UNAVAILABLE: {
    status: 503,
    title: 'Temporarily unavailable',
    advice: 'The database is unavailable. Retry after `Retry-After`, with the same Idempotency-Key.',
  },
  MALFORMED_REQUEST: {
    status: 400,
    title: 'Malformed request',
    advice:
      'The body is not valid JSON, or a header has an invalid format. `detail` and `errors` say what is wrong and where.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    advice: 'The header `Allow` lists the supported methods.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    title: 'Not acceptable',
    advice: 'Accept `application/json`, or `text/event-stream` for a stream.',
  },
  PRECONDITION_FAILED: {
    status: 412,
    title: 'Precondition failed',
    advice: 'The resource has changed. Read it again, decide again, and send its new ETag in If-Match.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'Body too large',
    advice: 'Send at most one mebibyte (1,048,576 bytes).',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'Unsupported media type',
    advice: 'Send the body as `application/json` in UTF-8, uncompressed.',
  },
  IDEMPOTENCY_KEY_IN_FLIGHT: {
    status: 409,
    title: 'First request with this idempotency key is in progress',
    advice: 'Wait for `Retry-After`, then repeat the request: it returns the reply of the first one.',
  },
  RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    advice:
      'Wait for `Retry-After`. The headers `RateLimit` and `RateLimit-Policy` show what is left and the limit.',
  },
  INTERNAL: {
    status: 500,
    title: 'Internal error',
    advice: 'The error is in the log under `error_id`: report it to the operator of this installation.',
  },
} as const satisfies Record<ProblemCode, { status: number; title: string; advice: string }>;

/** `VERSION_CONFLICT` → `/problems/version-conflict` */
export function problemType(code: ProblemCode): string {
  return `/problems/${code.toLowerCase().replaceAll('_', '-')}`;
}
