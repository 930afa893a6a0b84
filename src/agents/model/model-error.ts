/** Why a model call gave no answer; a closed set, so that each becomes an error code of its own. */
const MODEL_FAILURES = {
  /** No answer within the limit: nothing was received, or the answer took too long. */
  timeout: { retryable: true },
  /** The answer began, then nothing was received for the idle limit. */
  stalled: { retryable: true },
  /** The stream ended, or its connection broke, before a finish reason. */
  cut_off: { retryable: true },
  /** Not an answer: an HTML page, invalid data, an incomplete tool call, an empty message. */
  bad_response: { retryable: true },
  /** 429; `retryAfterMs` when the provider gave a time. */
  rate_limited: { retryable: true },
  /** The provider's content filter, or the model itself, declined. */
  refused: { retryable: false },
  /** The answer reached the model's output limit or its context window. */
  length: { retryable: false },
  /** 401 and 403: the key is wrong or may not use this model. */
  unauthorized: { retryable: false },
  /** Another 4xx: an unknown model, a request that is too long or malformed. */
  bad_request: { retryable: false },
  /** No connection, or a 5xx. */
  unavailable: { retryable: true },
  /** The caller's signal fired. */
  aborted: { retryable: false },
} as const satisfies Record<string, { readonly retryable: boolean }>;

export type ModelFailure = keyof typeof MODEL_FAILURES;

export interface ModelErrorDetails {
  /** How long the provider asks to wait, at most `RETRY.maxRetryAfterMs`. */
  readonly retryAfterMs?: number;
  /** The HTTP status, where there was one. */
  readonly status?: number;
  /** The text that was received before the failure. */
  readonly partialText?: string;
  /** Instead of the default of the reason, such as for a quota that is used up. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** A model call that gave no complete answer. Its message is safe to show: no key, no request body. */
export class ModelError extends Error {
  readonly reason: ModelFailure;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly partialText: string;

  constructor(reason: ModelFailure, message: string, details: ModelErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ModelError';
    this.reason = reason;
    this.retryable = details.retryable ?? MODEL_FAILURES[reason].retryable;
    this.retryAfterMs = details.retryAfterMs;
    this.status = details.status;
    this.partialText = details.partialText ?? '';
  }
}
