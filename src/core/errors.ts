/** Codes of refusals by use-cases; each API handles all of them (`satisfies Record<ErrorCode, …>`). */
export const ERROR_CODES = [
  'VALIDATION',
  'NOT_FOUND',
  'FORBIDDEN',
  'ILLEGAL_TRANSITION',
  'VERSION_CONFLICT',
  'LEASE_HELD',
  'NOT_WAITING',
  'IDEMPOTENCY_KEY_REUSED',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** One problem of an input: where (a path of field names and indexes) and what would be right. */
export interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Details of a refusal; which fields are set depends on its code. */
export interface RefusalDetails {
  /** `VALIDATION`: all problems. */
  readonly issues?: readonly Issue[];
  /** `ILLEGAL_TRANSITION`: the current status, the requested one, and the allowed ones. */
  readonly from?: string;
  readonly to?: string;
  readonly allowed?: readonly string[];
  /** `VERSION_CONFLICT`, `LEASE_HELD`: the current version. */
  readonly currentVersion?: number;
  /** `LEASE_HELD`: the run that holds the lease. */
  readonly heldBy?: string;
}

/** A refusal of a use-case: expected, typed, safe to show. Other errors are logged, and masked for clients. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly details: RefusalDetails;

  constructor(code: ErrorCode, message: string, details: RefusalDetails = {}) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.details = details;
  }
}

/** A `VALIDATION` refusal with one message that lists every issue. */
export function invalid(issues: readonly Issue[]): Refusal {
  const text = issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`).join('; ');
  return new Refusal('VALIDATION', text, { issues });
}

/** Codes of errors that end a whole operation, in contrast to a refusal of a use-case. */
const OPERATION_ERROR_CODES = [
  'UNAUTHENTICATED',
  'BAD_CURSOR',
  'SLOW_CONSUMER',
  'TOO_MANY_SUBSCRIPTIONS',
  'UNAVAILABLE',
] as const;
export type OperationErrorCode = (typeof OPERATION_ERROR_CODES)[number];

/** Ends one operation (a query, a stream); shown as a top-level error with `extensions.code`. */
export class OperationError extends Error {
  readonly code: OperationErrorCode;
  /** Further `extensions`, such as `resumeAfter` of `SLOW_CONSUMER`. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(code: OperationErrorCode, message: string, extensions: Record<string, unknown> = {}) {
    super(message);
    this.name = 'OperationError';
    this.code = code;
    this.extensions = extensions;
  }
}

/** The process cannot start; the message says what to do and is printed without a stack. */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
  }
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
