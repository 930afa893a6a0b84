import type { WriteHints } from './commands/write.ts';

/** At most one scheduled wake-up for an agent in this time: the broadcast is at once, this is for processes that missed it. */
const WAKE_UP_GATHER_MS = 250;

export interface WakeUpCalls {
  /** Wakes every process that reads the log: it has grown. */
  broadcastLog(): void;
  /** Wakes every process that may have work for the agent. */
  broadcastWork(agent: string): void;
  /** Has the scheduler wake a worker, at once or at a moment. Never throws. */
  wake(agent: string): void;
  wakeAt(agent: string, at: Date, taskId: string): void;
}

/**
 * A new task makes two wake-ups: the broadcast at once, and a gathered job of the scheduler, so that with either of them away
 * work goes on. `stop` drops what has gathered; the poll finds that work.
 */
export function createWakeUps(calls: WakeUpCalls): WriteHints & { stop(): void } {
  const gathering = new Map<string, NodeJS.Timeout>();
  return {
    logGrew: calls.broadcastLog,
    mayWork: (agent, at, taskId) => {
      if (at !== null) {
        calls.wakeAt(agent, at, taskId);
        return;
      }
      calls.broadcastWork(agent);
      if (gathering.has(agent)) return;
      const timer = setTimeout(() => {
        gathering.delete(agent);
        calls.wake(agent);
      }, WAKE_UP_GATHER_MS);
      gathering.set(agent, timer.unref());
    },
    stop: () => {
      for (const timer of gathering.values()) clearTimeout(timer);
      gathering.clear();
    },
  };
}
