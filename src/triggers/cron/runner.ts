import { monotonicMs, sleep } from '../../core/clock.ts';
import { type NextRun, startPoller } from '../../core/poller.ts';
import { waitAtMost } from '../../core/promises.ts';
import type { TaskEvent } from '../../domain/events.ts';
import { isFinal } from '../../domain/status.ts';
import {
  type ClaimedOccurrence,
  claimOccurrences,
  closeOccurrence,
  type UnreadableClaim,
} from '../../store/triggers/occurrences-decide.ts';
import { upcomingTriggers } from '../../store/triggers/occurrences-scan.ts';
import type { CronContext } from './context.ts';
import { decideOccurrence } from './decide.ts';
import { scanDue } from './scan.ts';

/** The longest delay after a lost wake-up. */
const POLL_MS = 1_000;
const AWAY_BACKOFF = { firstDelayMs: 250, maxDelayMs: 5_000 };
/** Concurrent decisions in a process; they spend most of their time waiting for a check. */
const SLOTS = 10;
/** How often the scheduler's wake-ups for triggers due soon are set again, in case its store lost them. */
const WAKE_UP_EVERY_MS = 60_000;
const WAKE_UP_AHEAD_MS = 10 * 60_000;
const MAX_WAKE_UPS = 1_000;
/** At the stop a running decision has this time to end; then it is aborted and its claim is given back. */
const STOP_TIMEOUT_MS = 3_000;
const GIVE_BACK_MS = 500;

export interface CronRunner extends AsyncDisposable {
  /** A wake-up: something may be due or decidable. */
  wake(): void;
  /** The event log has grown: the end of a cron trigger's task releases the next occurrence in its queue. */
  seen(events: readonly TaskEvent[]): void;
  /** Starts no new decision and waits for the running ones. A second call waits for the first. */
  stop(): Promise<void>;
}

export interface CronRunnerOptions {
  readonly context: CronContext;
  /** Asks the scheduler for a wake-up at that moment. Never throws because its store cannot be reached. */
  readonly wakeAt: (triggerId: string, at: Date) => Promise<unknown>;
  /** Default: 1 s. */
  readonly pollMs?: number;
}

/**
 * Stores due moments and decides occurrences: on a wake-up, when a trigger is due by the database's clock, and at
 * each poll. Any number of processes may run it: each due moment is stored once and decided by one process. While the
 * database cannot be reached it retries; nothing is lost, because the tables record how far each schedule was scanned.
 */
export function startCronRunner(options: CronRunnerOptions): CronRunner {
  const { context, pollMs = POLL_MS } = options;
  const { pool, log } = context;
  const stopping = new AbortController();
  const givingUp = new AbortController();
  const inHand = new Set<Promise<void>>();
  let setUpcomingAtMs = 0;
  let stopped: Promise<void> | undefined;

  function setWakeUp(triggerId: string, at: Date | null): void {
    if (at === null) return;
    options
      .wakeAt(triggerId, at)
      .catch((err: unknown) => log.warn({ err, triggerId }, 'wake-up of a cron trigger could not be set'));
  }

  async function setUpcoming(): Promise<void> {
    for (const { id, nextDueAt } of await upcomingTriggers(pool, WAKE_UP_AHEAD_MS, MAX_WAKE_UPS))
      setWakeUp(id, nextDueAt);
  }

  async function run(): Promise<NextRun | undefined> {
    // A quarter more than the poll interval, so that no moment falls between two runs.
    const { hasMore, nextInMs } = await scanDue({ pool, log, scanned: setWakeUp }, pollMs * 1.25);
    await takeUp();
    if (monotonicMs() >= setUpcomingAtMs) {
      await setUpcoming();
      setUpcomingAtMs = monotonicMs() + WAKE_UP_EVERY_MS;
    }
    // One millisecond more, for clocks that round down: a look that is too early would cost a whole poll.
    return { dueInMs: hasMore ? 0 : nextInMs + 1 };
  }

  /** Fills the free slots with occurrences that can be decided. */
  async function takeUp(): Promise<void> {
    const free = SLOTS - inHand.size;
    if (free === 0 || stopping.signal.aborted) return;
    const { claimed, unreadable } = await claimOccurrences(pool, free);
    for (const one of claimed) hold(decide(one));
    for (const one of unreadable) hold(fail(one));
  }

  function hold(work: Promise<void>): void {
    const held: Promise<void> = work.finally(() => {
      inHand.delete(held);
      // A slot is free, and the next occurrence of the same trigger may have waited for this one.
      poller.wake();
    });
    inHand.add(held);
  }

  async function decide(claimed: ClaimedOccurrence): Promise<void> {
    const { id: occurrenceId, triggerId } = claimed.occurrence;
    try {
      const decided = await decideOccurrence(context, claimed, givingUp.signal);
      if (decided?.outcome === 'failed') {
        log.warn({ occurrenceId, triggerId, reason: decided.reason }, 'occurrence of a cron trigger failed');
      } else {
        log.debug({ occurrenceId, triggerId, outcome: decided?.outcome }, 'occurrence decided');
      }
    } catch (err) {
      if (givingUp.signal.aborted) return;
      log.warn({ err, occurrenceId, triggerId }, 'occurrence could not be decided; it will be retried');
      // If it were given back at once, it would be claimed again at once.
      await sleep(pollMs, stopping.signal);
    }
  }

  async function fail(claim: UnreadableClaim): Promise<void> {
    const reason = `invalid stored trigger: ${claim.trouble}`.slice(0, 1_000);
    await closeOccurrence(pool, claim, 'failed', reason).catch((err: unknown) =>
      log.warn({ err, occurrenceId: claim.occurrence.id }, 'occurrence could not be closed'),
    );
  }

  const poller = startPoller({
    run,
    pollMs,
    backoff: AWAY_BACKOFF,
    outage: {
      log,
      began: 'due cron triggers cannot be read; retrying',
      ended: 'due cron triggers can be read again',
    },
  });

  async function stop(): Promise<void> {
    stopping.abort();
    const ended = poller.stop().then(() => Promise.all(inHand));
    await waitAtMost(STOP_TIMEOUT_MS, ended);
    givingUp.abort(new Error('this process is stopping'));
    await waitAtMost(GIVE_BACK_MS, Promise.all(inHand));
  }

  const stopOnce = (): Promise<void> => {
    stopped ??= stop();
    return stopped;
  };
  return {
    wake: () => poller.wake(),
    seen: (events) => {
      if (events.some(({ source, to }) => source === 'cron' && to !== null && isFinal(to))) poller.wake();
    },
    stop: stopOnce,
    [Symbol.asyncDispose]: stopOnce,
  };
}
