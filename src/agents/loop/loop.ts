import type pg from 'pg';
import { gatherer } from '../../core/gather.ts';
import type { Log } from '../../core/log.ts';
import { resetLostLeases } from '../../store/runs/lost-leases.ts';
import { type OpenTasksQuestion, openTasksBeside } from '../../store/tasks/open.ts';
import type { AgentDefinition } from '../config/definition.ts';
import type { Model } from '../model/port.ts';
import { RunRecord } from '../record/step-log.ts';
import type { Tool } from '../tools/tool.ts';
import type { RunContext, RunHandler, RunOutcome } from '../work/handler.ts';
import { patiently } from '../work/retry-transient.ts';
import { NO_PAST, readPast } from '../work/task-run/past.ts';
import type { Recorder } from '../work/task-run/step-writer.ts';
import { failed } from './outcome.ts';
import { AgentRun } from './run.ts';
import { RunStop } from './work-stop.ts';

export interface LoopOptions {
  /** The application's pool. */
  readonly pool: pg.Pool;
  /** Where an agent's model is served. */
  readonly models: (agent: AgentDefinition) => Model;
  /** All tools there are; an agent gets those its definition names. */
  readonly tools: readonly Tool[];
  /** One a process. */
  readonly recorder: Recorder;
  readonly log: Log;
  /** Until conversations are compacted, one that grows over this fails: by then no model takes it. */
  readonly maxContextCharacters?: number;
}

const DEFAULT_MAX_CONTEXT_CHARACTERS = 1_000_000;

/** The agent's loop: stream, run tools, again, until the model is done or a limit is met; from the record if there is one. */
export function createLoop(options: LoopOptions): RunHandler {
  const { pool, log } = options;
  const openTasks = gatherer({
    flush: (questions: readonly OpenTasksQuestion[]) => openTasksBeside(pool, questions),
    keysOf: () => [],
    mayTryAlone: () => false,
  });

  async function work(context: RunContext, stop: RunStop): Promise<RunOutcome> {
    const { task, run, agent } = context;
    const { signal } = stop;
    const surely = <T>(action: () => Promise<T>): Promise<T> =>
      patiently(action, signal, (reason, attempt) =>
        log.warn({ runId: run.id, attempt, reason }, 'a run waits for the database'),
      );
    const past = run.number > 1 ? await stop.race(surely(() => readPast(pool, task.id))) : NO_PAST();
    const record = new RunRecord({
      recorder: options.recorder,
      taskId: task.id,
      run,
      signal,
      onFenced: () => stop.stop('fenced'),
    });
    const agentRun = new AgentRun({
      context,
      past,
      model: options.models(agent),
      tools: options.tools.filter(({ name }) => agent.tools.includes(name)),
      record,
      stop,
      openTasks: () =>
        surely(() => openTasks({ taskId: task.id, parentId: task.parentId, actsFor: context.caller.keyId })),
      onWholeStep: async () => {
        if (task.lostLeases === 0) return;
        await stop.race(surely(() => resetLostLeases(pool, { taskId: task.id, token: run.token })));
      },
      maxContextCharacters: options.maxContextCharacters ?? DEFAULT_MAX_CONTEXT_CHARACTERS,
      log,
    });
    return agentRun.toTheEnd();
  }

  return async (context) => {
    const { limits } = context.agent;
    const stop = new RunStop(context.signal, limits.timeoutMs);
    try {
      return await work(context, stop);
    } catch (error) {
      if (stop.cause === 'time_limit') {
        return failed('time_limit', `It took longer than ${limits.timeoutMs / 1000} seconds.`);
      }
      if (stop.cause !== undefined) return { kind: 'aborted' };
      log.error({ err: error, taskId: context.task.id, runId: context.run.id }, 'a run broke');
      return {
        kind: 'retry',
        code: 'internal_error',
        message: 'The run broke; the log of the server says why.',
      };
    } finally {
      stop.release();
    }
  };
}
