import type { ErrorCode, OperationErrorCode } from '../../core/errors.ts';

/** Codes of what HTTP itself refuses, besides those that every face has. */
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

/** What a refusal of a use-case is as an HTTP status: a new code does not compile until it has one. */
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

/** Everything a client may meet, whole: its status, its title and what to do about it. Stable: clients branch on the codes. */
export const PROBLEMS = {
  VALIDATION: {
    status: STATUS_OF.VALIDATION,
    title: 'The input is not right',
    advice:
      'The body or a parameter is well-formed, but says something that is not taken. `errors` names each place, and what would be right there.',
  },
  NOT_FOUND: {
    status: STATUS_OF.NOT_FOUND,
    title: 'There is no such thing',
    advice: 'Nothing lies at this address, or what its id names does not exist.',
  },
  FORBIDDEN: {
    status: STATUS_OF.FORBIDDEN,
    title: 'Not allowed',
    advice: 'The API key is good, but its role may not do this. `detail` says which right is missing.',
  },
  ILLEGAL_TRANSITION: {
    status: STATUS_OF.ILLEGAL_TRANSITION,
    title: 'The task cannot make this move',
    advice:
      'A task moves only as its life allows. `from` is where it stands, `to` what was asked for, `allowed` what would be possible.',
  },
  VERSION_CONFLICT: {
    status: STATUS_OF.VERSION_CONFLICT,
    title: 'It has changed meanwhile',
    advice:
      'It is not at the version that was expected. Read it again (`current_version`), decide anew, and send the new version.',
  },
  LEASE_HELD: {
    status: STATUS_OF.LEASE_HELD,
    title: 'Another holds the task',
    advice:
      'While a run works on a task only that run moves it; `held_by` says which. Cancelling is always possible.',
  },
  NOT_WAITING: {
    status: STATUS_OF.NOT_WAITING,
    title: 'Nobody waits for this answer',
    advice:
      'The task asks nothing at this moment, or asks something else. Read it again: `input_request` is the open question.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: STATUS_OF.IDEMPOTENCY_KEY_REUSED,
    title: 'The idempotency key was used for something else',
    advice: 'Within 24 hours the same key stands for the same request. Send another key with another body.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'Who calls is not known',
    advice:
      'Send `Authorization: Bearer <API key>`; the key may be missing, unknown, expired or revoked. For a webhook: its signature is missing, wrong or too old.',
  },
  BAD_CURSOR: {
    status: 400,
    title: 'This is no cursor',
    advice: 'Send a cursor as it was given, to the list that gave it, or none for the first page.',
  },
  SLOW_CONSUMER: {
    status: 503,
    title: 'The stream was not read fast enough',
    advice: 'Go on from the last event you have, and read faster.',
  },
  TOO_MANY_SUBSCRIPTIONS: {
    status: 429,
    title: 'Too many streams at once',
    advice: 'End one before you open another.',
  },
  UNAVAILABLE: {
    status: 503,
    title: 'Not available at this moment',
    advice: 'The database does not answer. Try again after `Retry-After`, with the same Idempotency-Key.',
  },
  MALFORMED_REQUEST: {
    status: 400,
    title: 'The request cannot be read',
    advice:
      'The body is no JSON, or a header is not in the form it must have. `detail` and `errors` say what, and where.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'This address does not take this method',
    advice: 'The header `Allow` lists those it takes.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    title: 'None of the accepted media types can be given',
    advice: 'Ask for `application/json`, or for `text/event-stream` where there is a stream.',
  },
  PRECONDITION_FAILED: {
    status: 412,
    title: 'It is not as If-Match expects it',
    advice: 'Read it again, decide anew, and send its new ETag.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    advice: 'A body has one mebibyte (1,048,576 bytes) at most.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'This media type is not taken',
    advice: 'Send the body as `application/json` in UTF-8, and not compressed.',
  },
  IDEMPOTENCY_KEY_IN_FLIGHT: {
    status: 409,
    title: 'The first request with this idempotency key is still under way',
    advice: 'Wait for `Retry-After`, then send the same again: it gives what the first one made.',
  },
  RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    advice:
      'Wait for `Retry-After`. The headers `RateLimit` and `RateLimit-Policy` say how much is left, and of what.',
  },
  INTERNAL: {
    status: 500,
    title: 'Something went wrong that should not have',
    advice: 'It was logged whole under `error_id`: tell whoever runs this installation.',
  },
} as const satisfies Record<ProblemCode, { status: number; title: string; advice: string }>;

/** `VERSION_CONFLICT` → `/problems/version-conflict` */
export function problemType(code: ProblemCode): string {
  return `/problems/${code.toLowerCase().replaceAll('_', '-')}`;
}
