/** Waits `delayMs`, or until `signal` fires: resolves true when the time passed, false when it was cut. Never throws. */
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

/** Milliseconds on a clock that never steps; only differences mean anything. */
export function monotonicMs(): number {
  return performance.now();
}
