import { monotonicMs } from './clock.ts';
import type { Log } from './log.ts';
import { type Backoff, backoffDelayMs } from './retry.ts';

/** Why a run takes place: what costs a statement more is done by polls only, for example. */
type RunCause = 'start' | 'wake-up' | 'due' | 'poll' | 'retry';

export interface RunContext {
  readonly cause: RunCause;
  /** Fires when the poller is stopped: a wait inside a run ends with it. */
  readonly signal: AbortSignal;
}

/** What a run knows about the next one. */
export interface NextRun {
  /** Due so long after the end of this run, if that is sooner than the poll; 0 for at once. */
  readonly dueInMs?: number;
  /** Replaces `minIntervalMs` this once. */
  readonly notBeforeMs?: number;
}

export interface PollerOptions {
  /** Looks for work and does it. A rejection is an outage: the run is tried again, with backoff. */
  readonly run: (context: RunContext) => Promise<NextRun | undefined>;
  /** A lost wake-up costs this much time at most; jitter takes up to a quarter off. Without it there is no poll. */
  readonly pollMs?: number;
  /** From the start of one run to the start of the next: under load a run then takes what has gathered. */
  readonly minIntervalMs?: number;
  readonly backoff: Backoff;
  /** One line when an outage begins and one when it ends; further failures are logged at level debug. */
  readonly outage?: { readonly log: Log; readonly began: string; readonly ended: string };
  /** The first run is at once, unless it waits for the poll or a wake-up. */
  readonly startsIdle?: boolean;
  /** The waits do not keep the process alive. */
  readonly unref?: boolean;
}

export interface Poller extends AsyncDisposable {
  /** A run begins after this call: at once, or as soon as the run under way has ended. Wake-ups in between are one. */
  wake(): void;
  /** The error of the last run, undefined when it succeeded. */
  failure(): unknown;
  /** Begins no further run and waits for the one under way. May be called again. */
  stop(): Promise<void>;
}

/**
 * Runs something again and again, never twice at once: when it is woken, when it is due, and on each poll. While it
 * fails it is tried again with exponential backoff, which wake-ups do not cut short.
 */
export function startPoller(options: PollerOptions): Poller {
  const { run, pollMs, minIntervalMs = 0, backoff } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let isWoken = false;
  let cutWait: (() => void) | undefined;
  let failures = 0;
  let lastError: unknown;

  /** Resolves after `delayMs` (never, when undefined), when stopped, or when `isCut` holds on a wake-up. */
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

  /** One run and the wait after it; gives the cause of the next. */
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
    // The caller has the poller in hand before the first run begins.
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
