import { createContext, Script } from 'node:vm';
import { monotonicMs } from '../../core/clock.ts';

/** The work was stopped, possibly inside a regular expression or a loop of a library. */
class TookTooLong extends Error {
  constructor(limitMs: number, how?: string) {
    super(`took longer than ${limitMs} ms${how === undefined ? '' : ` ${how}`}`);
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
 * Runs synchronous work and ends it after `limitMs`, which neither a promise nor a timer can do. User-defined templates
 * and conditions run on bodies from outside, and one slow pair must not block the process. `node:vm` is used only for
 * its watchdog; it isolates nothing. No `finally` runs when the work is ended, so it must not leave shared state half
 * changed. A call costs about 0.2 ms. Throws `TookTooLong`, or what the work throws.
 */
function withinTime<T>(limitMs: number, work: () => T): T {
  let result: { value: T } | undefined;
  box.work = () => {
    result = { value: work() };
  };
  try {
    runner(limitMs);
  } catch (error) {
    // The error comes from another realm, so `instanceof` does not work.
    const { code } = (error ?? {}) as { code?: unknown };
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new TookTooLong(limitMs);
    throw error;
  } finally {
    box.work = () => undefined;
  }
  if (!result) throw new TookTooLong(limitMs);
  return result.value;
}

/** After this many timeouts of one text within the period, it is not run until the period has passed. */
const MOST_STRIKES = 3;
const STRIKES_MS = 60_000;
const MOST_SOURCES = 1_000;
const strikesOf = new Map<string, number[]>();

/**
 * The same for work on a user-defined text. A text that reached the limit three times within a minute is not run again
 * until that minute is over; the call throws `TookTooLong` at once. Otherwise forty calls of one slow template, each
 * within its limit, would block the process for twenty seconds.
 */
export function withinTimeOf<T>(source: string, limitMs: number, work: () => T): T {
  const now = monotonicMs();
  const strikes = (strikesOf.get(source) ?? []).filter((at) => now - at < STRIKES_MS);
  if (strikes.length >= MOST_STRIKES) throw new TookTooLong(limitMs, `${MOST_STRIKES} times within a minute`);
  try {
    return withinTime(limitMs, work);
  } catch (error) {
    if (error instanceof TookTooLong) remember(source, [...strikes, now]);
    throw error;
  }
}

function remember(source: string, strikes: number[]): void {
  strikesOf.delete(source);
  strikesOf.set(source, strikes);
  const [oldest] = strikesOf.keys();
  if (strikesOf.size > MOST_SOURCES && oldest !== undefined) strikesOf.delete(oldest);
}
