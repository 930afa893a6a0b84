import { createContext, Script } from 'node:vm';

/** The work was stopped in the middle, wherever it was: a regular expression, a loop in a library. */
export class TookTooLong extends Error {
  constructor(limitMs: number) {
    super(`took longer than ${limitMs} ms`);
    this.name = 'TookTooLong';
  }
}

const box: { work: () => void } = { work: () => undefined };
let runner: (limitMs: number) => void = (limitMs) => {
  const context = createContext(box);
  const script = new Script('work()');
  runner = (timeout) => void script.runInContext(context, { timeout });
  runner(limitMs);
};

/**
 * Runs synchronous work and ends it after `limitMs`, which no promise and no timer can do: what a person wrote meets a
 * body that a stranger wrote, and one pair of them must not hold the process. `node:vm` is used for its watchdog only;
 * it keeps nothing from anything. The work must leave nothing half-changed that outlives it: no `finally` runs when it
 * is ended. About 0.2 ms a call. Throws `TookTooLong`, or whatever the work throws.
 */
export function withinTime<T>(limitMs: number, work: () => T): T {
  let result: { value: T } | undefined;
  box.work = () => {
    result = { value: work() };
  };
  try {
    runner(limitMs);
  } catch (error) {
    // Made in another realm, so no `instanceof`.
    const { code } = (error ?? {}) as { code?: unknown };
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new TookTooLong(limitMs);
    throw error;
  } finally {
    box.work = () => undefined;
  }
  if (!result) throw new TookTooLong(limitMs);
  return result.value;
}
