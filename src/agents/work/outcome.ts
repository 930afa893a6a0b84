/** How the work ended, as a value: the worker stores it. */
export type WorkOutcome =
  /** The final message becomes the result `{ text }`. */
  | { readonly kind: 'completed'; readonly result: unknown }
  /** Another attempt would not help: refused, a limit reached, unauthorized. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** Another attempt may succeed; the unit knows the backoff, a model may say how long to wait. */
  | {
      readonly kind: 'retry';
      readonly code: string;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  /** A tool has ended the unit already: completed it, failed it or asked a question. */
  | { readonly kind: 'ended' }
  /** The signal fired, or the lease is lost: somebody else has the unit. */
  | { readonly kind: 'aborted' };

/** The outcomes that the worker writes to the unit; `ended` is written already, and `aborted` is never written. */
export type SettledOutcome = Extract<WorkOutcome, { kind: 'completed' | 'failed' | 'retry' }>;
