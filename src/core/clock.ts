/** An interruptible sleep: resolves true after `delayMs`, false if `signal` fires first. Never throws. */
export function sleep(delayMs: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const cut = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', cut);
      resolve(true);
    }, delayMs);
    signal?.addEventListener('abort', cut, { once: true });
  });
}

/** Milliseconds of a monotonic clock; only differences have a meaning. */
export function monotonicMs(): number {
  return performance.now();
}
