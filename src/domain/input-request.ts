import type { Actor } from './actor.ts';

/** The question that a task waits on, and its answer if there is one. */
export interface InputRequest {
  readonly id: string;
  readonly taskId: string;
  readonly runId: string | null;
  readonly toolCallId: string | null;
  readonly question: string;
  readonly askedBy: Actor;
  readonly askedAt: Date;
  readonly answer: unknown;
  readonly answeredBy: Actor | null;
  /** Null while it is open. */
  readonly answeredAt: Date | null;
}
