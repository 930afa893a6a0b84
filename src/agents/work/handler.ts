import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';
import type { AgentDefinition } from '../config/definition.ts';

/** What a worker hands over with a task it holds. */
export interface RunContext {
  /** The task as it was claimed. */
  readonly task: Task;
  readonly run: { readonly id: string; readonly number: number; readonly token: bigint };
  /** The definition that was claimed; a run keeps it to its end. */
  readonly agent: AgentDefinition;
  /** Fires on cancel, on a lost lease and at shutdown; the run then ends within milliseconds as `aborted`. */
  readonly signal: AbortSignal;
  /** Whom the run acts for, capped at member, with `run` set. */
  readonly caller: Caller;
  /** The same, read again: a key may have been revoked meanwhile. Throws `Refusal` when it may do nothing any more. */
  refreshCaller(): Promise<Caller>;
}

/** How a run ended, as a value: the worker writes it to the task. */
export type RunOutcome =
  /** The final message becomes the result `{ text }`. */
  | { readonly kind: 'completed'; readonly result: unknown }
  /** No use in trying again: refused, a limit met, unauthorized. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** Another run may succeed; the worker knows the backoff, a model may say how long. */
  | {
      readonly kind: 'retry';
      readonly code: string;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  /** A tool has moved the run's own task already: completed, failed or asked. */
  | { readonly kind: 'ended' }
  /** The signal fired, or the record was fenced off: the task belongs to somebody else. */
  | { readonly kind: 'aborted' };

/** Works on one task under a lease. Never throws. */
export type RunHandler = (context: RunContext) => Promise<RunOutcome>;
