import type { Log } from '../../core/log.ts';
import type { AgentDefinition } from '../config/definition.ts';
import type { Model } from '../model/port.ts';
import { StepLog } from '../record/step-log.ts';
import type { Tool } from '../tools/tool.ts';
import type { WorkContext, WorkHandler } from '../work/handler.ts';
import type { WorkOutcome } from '../work/outcome.ts';
import { retryTransient } from '../work/retry-transient.ts';
import { logFieldsOf } from '../work/unit.ts';
import { AgentWork } from './agent-work.ts';
import { failed } from './outcome.ts';
import { WorkStop } from './work-stop.ts';

export interface LoopOptions {
  /** Where an agent's model is served. */
  readonly models: (agent: AgentDefinition) => Model;
  /** All tools; an agent gets those that its definition names. */
  readonly tools: readonly Tool[];
  readonly log: Log;
  /** Conversations are not compacted yet; one that grows beyond this fails, because no model takes it. */
  readonly maxContextCharacters?: number;
}

const DEFAULT_MAX_CONTEXT_CHARACTERS = 1_000_000;

/** The agent's loop: call the model, run its tools, and again, until the model is done or a limit is met. It continues from the recorded steps. */
export function createLoop(options: LoopOptions): WorkHandler {
  const { log } = options;

  async function work({ unit, agent }: WorkContext, stop: WorkStop): Promise<WorkOutcome> {
    const { signal } = stop;
    const retried = <T>(action: () => Promise<T>): Promise<T> =>
      stop.race(
        retryTransient(action, signal, (reason, attempt) =>
          log.warn({ ...logFieldsOf(unit), retry: attempt, reason }, 'the work waits for the database'),
        ),
      );
    const past = await retried(() => unit.past());
    const steps = new StepLog({
      append: (firstSeq, added) => unit.append(firstSeq, added, signal),
      onLeaseLost: () => stop.stop('lease_lost'),
    });
    const agentWork = new AgentWork({
      unit,
      agent,
      past,
      model: options.models(agent),
      tools: options.tools.filter(({ name }) => agent.tools.includes(name)),
      steps,
      stop,
      messages: () => retried(() => unit.messages(agent.system, past.conversation)),
      onWholeStep: () => retried(() => unit.progressed()),
      maxContextCharacters: options.maxContextCharacters ?? DEFAULT_MAX_CONTEXT_CHARACTERS,
      log,
    });
    return agentWork.toTheEnd();
  }

  return async (context) => {
    const { unit, agent, signal } = context;
    const { timeoutMs } = agent.limits;
    const stop = new WorkStop(signal, timeoutMs);
    try {
      return await work(context, stop);
    } catch (error) {
      if (stop.cause === 'time_limit') {
        return failed('time_limit', `It took longer than ${timeoutMs / 1000} seconds.`);
      }
      if (stop.cause !== undefined) return { kind: 'aborted' };
      log.error({ err: error, ...logFieldsOf(unit) }, 'the loop ended with an unexpected error');
      return {
        kind: 'retry',
        code: 'internal_error',
        message: 'The run ended with an unexpected error; see the log of the server.',
      };
    } finally {
      stop.release();
    }
  };
}
