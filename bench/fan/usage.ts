import type { ToServer } from './messages.ts';

/** Answers what this process has used: microseconds of CPU so far, or bytes held (start it with `--expose-gc`). */
export function answerUsage(): void {
  process.on('message', (message: ToServer) => {
    if (message.say === 'cpu') {
      const { user, system } = process.cpuUsage();
      process.send?.(user + system);
    } else if (message.say === 'memory') {
      globalThis.gc?.();
      process.send?.(process.memoryUsage.rss());
    }
  });
}
