import { setImmediate as nextTick } from 'node:timers/promises';
import { monotonicMs, sleep } from '../../core/clock.ts';
import { newId } from '../../core/ids.ts';
import type { Task } from '../../domain/task.ts';
import { isSuspectWaiting, MAX_CLAIM, tasksOfRuns } from '../../store/tasks/claim.ts';
import { releaseOf } from '../work/task-run/changes.ts';
import { ActiveRun } from './active-unit.ts';
import type { WorkerOptions } from './options.ts';

/** A claim that failed, and may have been made all the same. */
interface Unanswered {
  readonly runIds: ReadonlySet<string>;
  readonly sentAtMs: number;
  readonly alone: boolean;
}

export interface Claimer {
  /** Something may be claimable: look at once, or right after the look under way. */
  wake(): void;
  /** Takes nothing more; resolves when no claim is under way. */
  stop(): Promise<void>;
}

export interface ClaimerCalls {
  /** How many runs are under way. */
  busy(): number;
  /** True while a run is under way that must have nobody beside it. */
  isAlone(): boolean;
  start(run: ActiveRun, alone: boolean): void;
  /** A claim is about to be sent: what it takes may be cancelled before its answer is here. */
  claiming(): void;
  /** A claim found the task poisoned and failed it. */
  poisoned(run: { taskId: string }): void;
}

/**
 * One claimer a process keeps its slots full: one statement takes as many tasks as there are free slots. It is woken
 * by hints and by freed slots, and looks every `pollMs` (with jitter) besides, so that a lost hint costs time only.
 * While a suspect waits (a task that has lost two leases) it lets the slots run empty and then takes that one alone.
 */
export function startClaimer(options: WorkerOptions, calls: ClaimerCalls): Claimer {
  const { id: workerId, tasks, agents, concurrency, leaseMs, pollMs, log } = options;
  const stopping = new AbortController();
  let isLooking = false;
  let mustLookAgain = false;
  let suspectWaits = false;
  let unanswered: readonly Unanswered[] = [];
  let idle: Promise<void> = Promise.resolve();

  async function claim(slots: number, alone: boolean): Promise<number> {
    const sentAtMs = monotonicMs();
    const names = agents.names();
    if (names.length === 0) return 0;
    const runIds = Array.from({ length: slots }, () => newId('run'));
    calls.claiming();
    const claim = tasks.writer.claim({ agents: names, workerId, leaseMs, runIds, alone });
    const claimed = await claim.catch((error: unknown) => {
      unanswered = [...unanswered, { runIds: new Set(runIds), sentAtMs, alone }];
      throw error;
    });
    for (const { task, runs } of claimed) {
      if (runs && task.lease) calls.start(new ActiveRun(task, task.lease.token, sentAtMs + leaseMs), alone);
      else calls.poisoned({ taskId: task.id });
    }
    return claimed.length;
  }

  /**
   * Work that was taken by a claim whose answer was lost would lie until its lease runs out, and be counted as lost.
   * A claim may even be made after its connection is gone, so that it is looked for as long as it could last.
   */
  async function takeUpUnanswered(): Promise<void> {
    for (const claim of unanswered) {
      const left = new Set(claim.runIds);
      for (const task of await tasksOfRuns(tasks.pool, [...left])) {
        left.delete(task.runId ?? '');
        await takeUp(task, claim);
      }
      const isOver = left.size === 0 || monotonicMs() >= claim.sentAtMs + leaseMs;
      const rest = unanswered.filter((other) => other !== claim);
      unanswered = isOver ? rest : [...rest, { ...claim, runIds: left }];
    }
  }

  async function takeUp(task: Task, { sentAtMs, alone }: Unanswered): Promise<void> {
    if (!task.lease) return;
    const run = new ActiveRun(task, task.lease.token, sentAtMs + leaseMs);
    log.info({ taskId: task.id }, 'a claim whose answer was lost had been made');
    if (alone && calls.busy() > 0) await tasks.writer.change(releaseOf(run, 'not_alone'));
    else calls.start(run, alone);
  }

  async function look(): Promise<void> {
    if (unanswered.length > 0) await takeUpUnanswered();
    if (calls.isAlone()) return;
    if (suspectWaits) {
      if (calls.busy() > 0) return;
      suspectWaits = (await claim(1, true)) > 0;
      if (suspectWaits) return;
    }
    const free = concurrency - calls.busy();
    const slots = Math.min(free, MAX_CLAIM);
    if (slots > 0 && (await claim(slots, false)) === slots) mustLookAgain = true;
  }

  async function lookUntilQuiet(): Promise<void> {
    isLooking = true;
    try {
      do {
        // One write ends many runs in one tick: their slots are filled by one claim.
        await nextTick();
        if (stopping.signal.aborted) return;
        mustLookAgain = false;
        await look();
      } while (mustLookAgain && !stopping.signal.aborted);
    } catch (err) {
      log.warn({ err }, 'looking for work failed; the next look comes with the poll');
    } finally {
      isLooking = false;
    }
  }

  function wake(): void {
    if (stopping.signal.aborted) return;
    if (isLooking) mustLookAgain = true;
    else idle = lookUntilQuiet();
  }

  async function poll(): Promise<void> {
    do {
      try {
        suspectWaits = await isSuspectWaiting(tasks.pool, agents.names());
      } catch (err) {
        log.debug({ err }, 'the poll failed');
      }
      wake();
    } while (await sleep(pollMs * (0.75 + Math.random() / 2), stopping.signal));
  }

  const polling = poll();
  const stopListening = agents.onChange(wake);
  return {
    wake,
    stop: async () => {
      stopping.abort();
      stopListening();
      await polling;
      await idle;
    },
  };
}
