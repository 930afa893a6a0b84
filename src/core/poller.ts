import { monotonicMs } from './clock.ts';
import type { Log } from './log.ts';
import { type Backoff, backoffDelayMs } from './retry.ts';

/** The cause of a run: more expensive checks can be done by polls only, for example. */
type RunCause = 'start' | 'wake-up' | 'due' | 'poll' | 'retry';

export interface RunContext {
  readonly cause: RunCause;
  /** Fires when the poller is stopped, to end waits inside a run. */
  readonly signal: AbortSignal;
}

/** A run's request for the next run. */
export interface NextRun {
  /** Delay after the end of this run, if that is sooner than the poll; 0 for at once. */
  readonly dueInMs?: number;
  /** Replaces `minIntervalMs` once. */
  readonly notBeforeMs?: number;
}

export interface PollerOptions {
  /** Looks for work and does it. After a rejection (an outage) it is retried with backoff. */
  readonly run: (context: RunContext) => Promise<NextRun | undefined>;
  /** The poll interval, minus up to a quarter as jitter: the longest delay after a lost wake-up. Absent: no polls. */
  readonly pollMs?: number;
  /** The minimum time between the starts of two runs, so that under load a run processes a batch. */
  readonly minIntervalMs?: number;
  readonly backoff: Backoff;
  /** Log messages for the begin and end of an outage; further failures are logged at level debug. */
  readonly outage?: { readonly log: Log; readonly began: string; readonly ended: string };
  /** True: the first run waits for the poll or a wake-up. Otherwise it is at once. */
  readonly startsIdle?: boolean;
  /** True: the timers do not keep the process alive. */
  readonly unref?: boolean;
}

export interface Poller extends AsyncDisposable {
  /** Starts a run at once, or after the current run has ended. Several wake-ups in between cause one run. */
  wake(): void;
  /** The error of the last run; undefined if it succeeded. */
  failure(): unknown;
  /** Starts no further run and waits for the current one. May be called again. */
  stop(): Promise<void>;
}

/**
 * Repeats a run, one at a time: on a wake-up, when the run before asked for it, and at each poll. After a failure it is
 * retried with exponential backoff, which wake-ups do not shorten.
 */
export function startPoller(options: PollerOptions): Poller {
  const { run, pollMs, minIntervalMs = 0, backoff } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let isWoken = false;
  let cutWait: (() => void) | undefined;
  let failures = 0;
  let lastError: unknown;

  /** Resolves after `delayMs` (undefined: never), when stopped, or if `isCut` is true on a wake-up. */
  async function wait(delayMs: number | undefined, isCut: () => boolean): Promise<void> {
    if (signal.aborted || isCut() || (delayMs !== undefined && delayMs <= 0)) return;
    await new Promise<void>((resolve) => {
      const timer = delayMs === undefined ? undefined : setTimeout(resolve, delayMs);
      if (options.unref) timer?.unref();
      cutWait = () => {
        if (!signal.aborted && !isCut()) return;
        clearTimeout(timer);
        resolve();
      };
    });
    cutWait = undefined;
  }
  const never = (): boolean => false;
  const woken = (): boolean => isWoken;

  function pollDelayMs(): number | undefined {
    return pollMs === undefined ? undefined : pollMs * (1 - Math.random() / 4);
  }

  function succeeded(): void {
    if (failures > 0) options.outage?.log.info(options.outage.ended);
    failures = 0;
    lastError = undefined;
  }

  function failed(error: unknown): void {
    failures += 1;
    lastError = error;
    options.outage?.log[failures === 1 ? 'warn' : 'debug']({ err: error }, options.outage.began);
  }

  /** One run and the wait after it; returns the cause of the next run. */
  async function runAndWait(cause: RunCause): Promise<RunCause> {
    isWoken = false;
    const startedMs = monotonicMs();
    let next: NextRun | undefined;
    try {
      next = await run({ cause, signal });
    } catch (error) {
      if (signal.aborted) return 'retry';
      failed(error);
      await wait(backoffDelayMs(failures, backoff), never);
      return 'retry';
    }
    succeeded();
    const { dueInMs, notBeforeMs = minIntervalMs } = next ?? {};
    const endedMs = monotonicMs();
    const delayMs = soonest(pollDelayMs(), dueInMs);
    await wait(startedMs + notBeforeMs - endedMs, never);
    await wait(delayMs === undefined ? undefined : endedMs + delayMs - monotonicMs(), woken);
    if (isWoken) return 'wake-up';
    return dueInMs !== undefined && dueInMs === delayMs ? 'due' : 'poll';
  }

  async function follow(): Promise<void> {
    // The caller gets the poller before the first run begins.
    await Promise.resolve();
    let cause: RunCause = 'start';
    if (options.startsIdle) {
      await wait(pollDelayMs(), woken);
      cause = isWoken ? 'wake-up' : 'poll';
    }
    while (!signal.aborted) cause = await runAndWait(cause);
  }

  const following = follow();
  const stop = async (): Promise<void> => {
    stopping.abort();
    cutWait?.();
    await following;
  };
  return {
    wake: () => {
      isWoken = true;
      cutWait?.();
    },
    failure: () => lastError,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function soonest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
