import type { WriteHints } from './commands/write.ts';

/** At most one scheduled wake-up for an agent in this time: the broadcast is at once, this is for whoever missed it. */
const RING_GATHER_MS = 250;

export interface BellCalls {
  /** Tells every process that the log has grown. */
  broadcastLog(): void;
  /** Tells every process that there may be work for the agent. */
  broadcastWork(agent: string): void;
  /** Has the scheduler wake a worker, at once or at a moment. Never throws. */
  ring(agent: string): void;
  ringAt(agent: string, at: Date, taskId: string): void;
}

/**
 * A new task rings twice: the broadcast at once, and a gathered job of the scheduler, so that with either of them away
 * work goes on. `stop` drops what has gathered; the poll finds that work.
 */
export function createBell(calls: BellCalls): WriteHints & { stop(): void } {
  const gathering = new Map<string, NodeJS.Timeout>();
  return {
    logGrew: calls.broadcastLog,
    mayWork: (agent, at, taskId) => {
      if (at !== null) {
        calls.ringAt(agent, at, taskId);
        return;
      }
      calls.broadcastWork(agent);
      if (gathering.has(agent)) return;
      const timer = setTimeout(() => {
        gathering.delete(agent);
        calls.ring(agent);
      }, RING_GATHER_MS);
      gathering.set(agent, timer.unref());
    },
    stop: () => {
      for (const timer of gathering.values()) clearTimeout(timer);
      gathering.clear();
    },
  };
}
