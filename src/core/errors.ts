/** Codes that a use-case may refuse with; each face answers for every one (`satisfies Record<ErrorCode, …>`). */
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

/** One thing wrong with an input: where (a path of field names and indexes) and what would be right. */
export interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What a refusal carries besides its code and message; which fields are set depends on the code. */
export interface RefusalDetails {
  /** `VALIDATION`: everything wrong at once. */
  readonly issues?: readonly Issue[];
  /** `ILLEGAL_TRANSITION`: the status now, the one asked for, and those that would be allowed. */
  readonly from?: string;
  readonly to?: string;
  readonly allowed?: readonly string[];
  /** `VERSION_CONFLICT`, `LEASE_HELD`: the version as it is. */
  readonly currentVersion?: number;
  /** `LEASE_HELD`: the run that holds the task. */
  readonly heldBy?: string;
}

/** A use-case's "no": expected, typed, safe to show. Anything else that is thrown is masked outside and logged inside. */
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

/** Codes of failures that end an operation as a whole rather than refuse a use-case. */
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

/** A start that cannot succeed, with a line that says what to do; printed without a stack. */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
