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

/** On a busy machine the process may get no CPU for longer than the limit, so the work is run again; the maximum. */
const MOST_TRIES = 4;

/**
 * Runs synchronous work and ends it once it has used `limitMs` of CPU time; no promise and no timer can do that. A
 * user-defined text meets a body from an unknown sender, and one pair of them must not hold the process. `node:vm` is
 * used for its watchdog only and isolates nothing. The watchdog counts elapsed time, so work that was ended after less
 * CPU time than the limit is run again. It must leave nothing half-changed: no `finally` runs when it is ended. About
 * 0.2 ms a call. Throws `TookTooLong`, or whatever the work throws.
 */
export function withinTime<T>(limitMs: number, work: () => T): T {
  let usedMs = 0;
  for (let tries = 1; tries <= MOST_TRIES && usedMs < limitMs; tries += 1) {
    const before = process.cpuUsage();
    const done = tryWithin(limitMs, work);
    if (done) return done.value;
    const { user, system } = process.cpuUsage(before);
    usedMs += (user + system) / 1_000;
  }
  throw new TookTooLong(limitMs);
}

/** Undefined if the work was ended. */
function tryWithin<T>(limitMs: number, work: () => T): { readonly value: T } | undefined {
  let result: { value: T } | undefined;
  box.work = () => {
    result = { value: work() };
  };
  try {
    runner(limitMs);
  } catch (error) {
    // The error comes from another realm, so `instanceof` does not work.
    const { code } = (error ?? {}) as { code?: unknown };
    if (code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return undefined;
  } finally {
    box.work = () => undefined;
  }
  return result;
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
