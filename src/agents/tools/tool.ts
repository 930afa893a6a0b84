import type { Caller } from '../../domain/permissions.ts';
import type { Task } from '../../domain/task.ts';

/** What a call of a tool knows of the run it is made in. */
export interface ToolContext {
  /** The run's own task, as it was claimed. */
  readonly task: Task;
  readonly run: { readonly id: string; readonly number: number };
  /** The name of the agent that calls. */
  readonly agent: string;
  /** Unique within the task, and the same when a call is made again after a crash. */
  readonly toolCallId: string;
  /** Whom the run acts for, read again at each call. Throws `Refusal`. */
  readonly caller: () => Promise<Caller>;
  readonly signal: AbortSignal;
}

/** How a call went, as the model is told: a failure is a result like any other. */
export interface ToolOutcome {
  readonly content: string;
  readonly isError: boolean;
  /** The arguments were not what the tool takes; after a few in a row the run is given up. */
  readonly isBadArguments?: boolean;
  /** The call moved the run's own task, so the run is over. */
  readonly endsRun?: boolean;
}

/** Something an agent can do. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** True when the call may be made again after a crash that left open whether it happened. */
  mayRepeat(args: Readonly<Record<string, unknown>>, context: Pick<ToolContext, 'task'>): boolean;
  /** `args` is whatever object the model sent: the tool parses it. What it throws becomes a result the model sees. */
  run(args: Readonly<Record<string, unknown>>, context: ToolContext): Promise<ToolOutcome>;
}
