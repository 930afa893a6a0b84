import type { ToServer } from './messages.ts';

/** Answers requests for this process's CPU time in µs, or its JavaScript memory in bytes (start with `--expose-gc`). */
export function answerUsage(): void {
  process.on('message', (message: ToServer) => {
    if (message.say === 'cpu') {
      const { user, system } = process.cpuUsage();
      process.send?.(user + system);
    } else if (message.say === 'memory') {
      globalThis.gc?.();
      // Not the resident size: pages freed since the start make it shrink by more than a socket needs.
      const { heapUsed, external } = process.memoryUsage();
      process.send?.(heapUsed + external);
    }
  });
}
