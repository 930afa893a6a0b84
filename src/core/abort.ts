/** Calls `listener` when any of the signals aborts. Gives back the way to stop: a signal that lives long holds nothing then. */
export function onAnyAbort(signals: readonly AbortSignal[], listener: () => void): () => void {
  for (const signal of signals) signal.addEventListener('abort', listener, { once: true });
  return () => {
    for (const signal of signals) signal.removeEventListener('abort', listener);
  };
}
