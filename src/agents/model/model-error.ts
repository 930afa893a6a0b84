/** Why a model call gave no answer; a closed set, so that whoever records a failed run can name it. */
export const MODEL_FAILURES = {
  /** No answer within the limit: nothing came at all, or the whole took too long. */
  timeout: { retryable: true },
  /** The answer began, then nothing came for the idle limit. */
  stalled: { retryable: true },
  /** The stream ended, or its connection broke, before a finish reason. */
  cut_off: { retryable: true },
  /** Something that is no answer: an HTML page, junk, half a tool call, an empty message. */
  bad_response: { retryable: true },
  /** 429; `retryAfterMs` when the provider said how long. */
  rate_limited: { retryable: true },
  /** The provider's content filter, or the model itself, declined. */
  refused: { retryable: false },
  /** The answer met the model's output limit or its context window. */
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
  /** How long the provider asks to wait, capped at `MAX_RETRY_AFTER_MS`. */
  readonly retryAfterMs?: number;
  /** The HTTP status, where there was one. */
  readonly status?: number;
  /** What text had come before the failure. */
  readonly partialText?: string;
  /** In place of the reason's own default, such as a used-up quota that no waiting brings back. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** A model call that gave no whole answer. Its message is safe to show: no key, no request body. */
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
