import { isUnavailable } from '../../core/database-away.ts';
import { messageOf, Refusal } from '../../core/errors.ts';
import type { WorkOutcome } from '../work/outcome.ts';
import { logFieldsOf } from '../work/unit.ts';
import type { ActiveUnit } from './active-unit.ts';
import type { WorkerOptions } from './options.ts';
import type { UnitEnd } from './settle.ts';

type ExecuteOptions = Pick<WorkerOptions, 'agents' | 'handler' | 'log'>;

/** Executes a unit with its agent; undefined when nothing is to be written, because a tool has ended the unit. */
export async function execute(active: ActiveUnit, options: ExecuteOptions): Promise<UnitEnd | undefined> {
  const { unit, signal } = active;
  const agent = options.agents.get(unit.agent);
  if (!agent) return { kind: 'release', reason: 'agent_unknown' };
  try {
    // A key that was revoked fails the unit before its model is called.
    await unit.caller();
    return endOf(active, await options.handler({ unit, agent, signal }));
  } catch (error) {
    return endOfError(active, error, options);
  }
}

/** What fails because it is stopped is given back: it counts as no attempt. */
function endOf({ stoppedFor }: ActiveUnit, outcome: WorkOutcome): UnitEnd | undefined {
  if (outcome.kind === 'ended') return undefined;
  const isStopping = stoppedFor === 'shutdown';
  if (outcome.kind === 'aborted' || (outcome.kind === 'retry' && isStopping)) {
    return { kind: 'release', reason: 'shutdown' };
  }
  return { kind: 'settle', outcome };
}

function endOfError(active: ActiveUnit, error: unknown, { log }: ExecuteOptions): UnitEnd | undefined {
  const { unit } = active;
  if (error instanceof Refusal) {
    const { code, message } = error;
    return endOf(active, { kind: 'failed', code: code.toLowerCase(), message });
  }
  if (isUnavailable(error)) {
    log.warn({ err: error, ...logFieldsOf(unit) }, 'the work ends because the database is away');
    return { kind: 'release', reason: 'database_away' };
  }
  log.error({ err: error, ...logFieldsOf(unit) }, 'the work ended with an unexpected error');
  const message = `The run ended with an unexpected error: ${messageOf(error).slice(0, 500)}`;
  return endOf(active, { kind: 'retry', code: 'internal', message });
}
