/** Calls `listener` when any signal aborts. Returns the way to stop, so that a long-lived signal holds no reference. */
export function onAnyAbort(signals: readonly AbortSignal[], listener: () => void): () => void {
  for (const signal of signals) signal.addEventListener('abort', listener, { once: true });
  return () => {
    for (const signal of signals) signal.removeEventListener('abort', listener);
  };
}
