import type { Caller } from '../../domain/permissions.ts';
import type { ModelTool } from '../model/port.ts';

/** What a call of a tool knows about the work in which it is made. */
export interface ToolContext {
  /** The unit of work: calls of one unit have ids of their own. */
  readonly unitId: string;
  /** The task that the agent works on, if there is one. */
  readonly ownTaskId: string | undefined;
  /** The name of the agent that calls. */
  readonly agent: string;
  /** Unique within the unit, and the same when a call is repeated after a crash. */
  readonly toolCallId: string;
  /** Whom the work acts for, read again at each call. Throws `Refusal`. */
  readonly caller: () => Promise<Caller>;
  readonly signal: AbortSignal;
}

/** The result of a call, as it is sent to the model: a failure is a result like any other. */
export interface ToolOutcome {
  readonly content: string;
  readonly isError: boolean;
  /** The arguments were not what the tool takes; after a few in a row the work fails. */
  readonly isBadArguments?: boolean;
  /** The call ended the unit of work. */
  readonly endsWork?: boolean;
}

/** A function that an agent's model can call. */
export interface Tool extends ModelTool {
  /** True when the call may be repeated after a crash that left its outcome unknown. */
  mayRepeat(
    args: Readonly<Record<string, unknown>>,
    context: Pick<ToolContext, 'unitId' | 'ownTaskId'>,
  ): boolean;
  /** `args` is any object that the model sent: the tool parses it. What it throws becomes a result for the model. */
  run(args: Readonly<Record<string, unknown>>, context: ToolContext): Promise<ToolOutcome>;
}
