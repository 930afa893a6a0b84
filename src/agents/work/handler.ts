import type { AgentDefinition } from '../config/definition.ts';
import type { WorkOutcome } from './outcome.ts';
import type { WorkUnit } from './unit.ts';

/** What a worker gives to the handler with a unit that it holds. */
export interface WorkContext {
  readonly unit: WorkUnit;
  /** The definition at the time of the claim; the unit keeps it to its end. */
  readonly agent: AgentDefinition;
  /** Fires on cancel, on a lost lease and at shutdown; the handler then ends within milliseconds as `aborted`. */
  readonly signal: AbortSignal;
}

/** Executes one unit under a lease. Never throws. */
export type WorkHandler = (context: WorkContext) => Promise<WorkOutcome>;
