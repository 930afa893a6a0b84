import type { ToServer } from './messages.ts';

/** Answers what this process has used: microseconds of CPU so far, or bytes held by JavaScript (start it with `--expose-gc`). */
export function answerUsage(): void {
  process.on('message', (message: ToServer) => {
    if (message.say === 'cpu') {
      const { user, system } = process.cpuUsage();
      process.send?.(user + system);
    } else if (message.say === 'memory') {
      globalThis.gc?.();
      // Not the resident size: that shrinks by what the start left behind, and a socket in it is lost.
      const { heapUsed, external } = process.memoryUsage();
      process.send?.(heapUsed + external);
    }
  });
}
