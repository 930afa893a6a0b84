import { hostname } from 'node:os';
import { monotonicMs, sleep } from '../../core/clock.ts';
import { messageOf, OperationError, Refusal } from '../../core/errors.ts';
import type { TaskEvent } from '../../domain/events.ts';
import { isDatabaseAway } from '../../store/away.ts';
import type { TaskChange } from '../../store/tasks/change.ts';
import { forgetWorker, touchWorker } from '../../store/workers/workers.ts';
import type { RunOutcome } from '../work/handler.ts';
import { changeFor, releaseOf, writeEnd } from '../work/task-run/changes.ts';
import type { ActiveRun } from './active-unit.ts';
import { type Claimer, startClaimer } from './claimer.ts';
import { keepLeases } from './leases.ts';
import type { WorkerOptions } from './options.ts';

/** How long a run may take to notice that it was stopped before its task is given back without waiting for it. */
const STOP_PATIENCE_MS = 500;

/** While all slots are taken no claim empties the list: then it stays at this size, and the heartbeat finds what it lacks. */
const MAX_CANCELLED_KEPT = 10_000;

/** Seen within three of these, a worker counts as alive. */
export const WORKER_TOUCH_MS = 5_000;

export interface Worker extends AsyncDisposable {
  readonly id: string;
  /** Something may be claimable. */
  wake(): void;
  /** The log has grown: a run whose task somebody else moved is stopped. */
  seen(events: readonly TaskEvent[]): void;
  /**
   * Takes no new work, lets what is under way end for `graceMs`, then stops the rest and gives those tasks back, to be
   * taken up at once by others. Gives how many were given back. A second call waits for the first.
   */
  stop(graceMs: number): Promise<{ released: number }>;
}

/** How a run ended here: as its handler says, or before it could begin. */
type Outcome = RunOutcome | { readonly kind: 'database_away' };

/** What fails because it is stopped, or because the database could not be asked, is given back: it is no attempt. */
function endOf(run: ActiveRun, outcome: Outcome): TaskChange | undefined {
  if (outcome.kind === 'database_away') return releaseOf(run, 'database_away');
  const isStopping = run.stoppedFor === 'shutdown';
  if (outcome.kind === 'aborted' || (isStopping && outcome.kind === 'retry'))
    return releaseOf(run, isStopping ? 'shutdown' : 'agent_unknown');
  return changeFor(run.task, run.token, outcome);
}

/** Starts working: claims tasks, runs the handler on each under a lease, and writes what came of it. */
export function startWorker(options: WorkerOptions): Worker {
  const { id, tasks, agents, handler, callerFor, concurrency, leaseMs, log } = options;
  const active = new Map<string, ActiveRun>();
  const endings = new Set<Promise<void>>();
  const stopping = new AbortController();
  const leasesEnd = new AbortController();
  /** Cancelled since the last claim was sent: it may have taken one of them, and say so only now. */
  const cancelledMeanwhile = new Set<string>();
  let aloneTaskId: string | undefined;
  let draining = false;
  let released = 0;
  let stopped: Promise<{ released: number }> | undefined;

  async function handle(run: ActiveRun): Promise<Outcome> {
    const { task } = run;
    const agent = agents.get(task.agent ?? '');
    if (!agent) return { kind: 'aborted' };
    const callerRun = { taskId: task.id, runId: task.runId ?? '', token: run.token };
    const refreshCaller = () => callerFor(task, callerRun);
    try {
      const caller = await refreshCaller();
      return await handler({
        task,
        run: { id: callerRun.runId, number: task.runNumber, token: run.token },
        agent,
        signal: run.signal,
        caller,
        refreshCaller,
      });
    } catch (error) {
      if (error instanceof Refusal)
        return { kind: 'failed', code: error.code.toLowerCase(), message: error.message };
      if (isDatabaseAway(error) || (error instanceof OperationError && error.code === 'UNAVAILABLE')) {
        log.warn({ err: error, taskId: task.id }, 'a run ends because the database could not be asked');
        return { kind: 'database_away' };
      }
      log.error({ err: error, taskId: task.id }, 'a run threw what nobody foresaw');
      return {
        kind: 'retry',
        code: 'internal',
        message: `The run ended with an unforeseen error: ${messageOf(error).slice(0, 500)}`,
      };
    }
  }

  async function work(run: ActiveRun): Promise<void> {
    const { task } = run;
    try {
      const outcome = await handle(run);
      if (run.stoppedFor === 'lease_lost' || run.stoppedFor === 'moved') {
        log.info(
          { taskId: task.id, run: task.runNumber, cause: run.stoppedFor },
          'a run was stopped; nothing of it is written',
        );
        return;
      }
      const change = endOf(run, outcome);
      const isWritten = change !== undefined && (await writeEnd(tasks.writer, run, change));
      if (isWritten && change.endRun?.outcome === 'released') released += 1;
      if (change && !isWritten) {
        log.info(
          { taskId: task.id, run: task.runNumber, outcome: outcome.kind },
          'the task was no longer ours when the run ended',
        );
      }
    } catch (err) {
      log.error(
        { err, taskId: task.id },
        "a run's end could not be written; its lease will run out and another takes it up",
      );
    } finally {
      // A run that was replaced by the next one of its task may end late, and is not the one that is alone.
      if (active.get(task.id) === run) {
        active.delete(task.id);
        if (aloneTaskId === task.id) aloneTaskId = undefined;
      }
      claimer.wake();
    }
  }

  const claimer: Claimer = startClaimer(options, {
    busy: () => active.size,
    isAlone: () => aloneTaskId !== undefined,
    claiming: () => cancelledMeanwhile.clear(),
    start: (run, alone) => {
      active.get(run.task.id)?.stop('lease_lost');
      active.set(run.task.id, run);
      if (alone) aloneTaskId = run.task.id;
      if (cancelledMeanwhile.has(run.task.id)) run.stop('moved');
      if (draining) run.stop('shutdown');
      const ending: Promise<void> = work(run).finally(() => endings.delete(ending));
      endings.add(ending);
    },
    poisoned: ({ taskId }) => log.warn({ taskId }, 'a task lost its third lease and has failed as poison'),
  });
  const keeping = keepLeases(
    { pool: options.leasePool, leaseMs, runs: () => active.values(), log },
    leasesEnd.signal,
  );

  const touch = () =>
    touchWorker(options.leasePool, {
      id,
      host: hostname(),
      pid: process.pid,
      agents: agents.names(),
      slots: concurrency,
      busy: active.size,
      draining,
    }).catch((err: unknown) => log.debug({ err }, 'the worker could not say that it is alive'));
  async function touchOnAndOn(): Promise<void> {
    do await touch();
    while (await sleep(WORKER_TOUCH_MS, stopping.signal));
  }
  const touching = touchOnAndOn();

  async function waitFor(action: Promise<unknown>, withinMs: number): Promise<void> {
    const limit = new AbortController();
    await Promise.race([action, sleep(Math.max(0, withinMs), limit.signal)]);
    limit.abort();
  }

  async function release(run: ActiveRun): Promise<void> {
    try {
      if (await tasks.writer.change(releaseOf(run))) released += 1;
    } catch (err) {
      log.warn({ err, taskId: run.task.id }, 'a task could not be given back; its lease will run out');
    }
  }

  async function stop(graceMs: number): Promise<{ released: number }> {
    draining = true;
    released = 0;
    stopping.abort();
    const graceEndsAtMs = monotonicMs() + graceMs;
    // Neither a claim nor a word to the database that hangs may use up the time in which the tasks are given back.
    const touched = touch();
    const claimed = claimer.stop();
    await waitFor(claimed, graceMs);
    await waitFor(Promise.all(endings), graceEndsAtMs - monotonicMs());
    for (const run of active.values()) run.stop('shutdown');
    await waitFor(
      claimed.then(() => Promise.all(endings)),
      STOP_PATIENCE_MS,
    );
    await Promise.all([...active.values()].map(release));
    leasesEnd.abort();
    await Promise.all([keeping, touching, touched]);
    await forgetWorker(options.leasePool, id).catch(() => undefined);
    if (released > 0) log.info({ released }, 'unfinished tasks were given back');
    return { released };
  }

  const stopOnce = (graceMs: number): Promise<{ released: number }> => {
    stopped ??= stop(graceMs);
    return stopped;
  };
  return {
    id,
    wake: () => claimer.wake(),
    seen: (events) => {
      for (const event of events) {
        const run = active.get(event.taskId);
        if (!run) {
          if (event.type === 'task.cancelled' && cancelledMeanwhile.size < MAX_CANCELLED_KEPT)
            cancelledMeanwhile.add(event.taskId);
          continue;
        }
        if (event.type === 'task.cancelled') run.stop('moved');
        if (event.type === 'run.lease_lost' && event.runId === run.task.runId) run.stop('lease_lost');
      }
    },
    stop: stopOnce,
    [Symbol.asyncDispose]: async () => {
      await stopOnce(0);
    },
  };
}
