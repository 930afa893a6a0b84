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

/** A lost wake-up costs this much time. */
const POLL_MS = 1_000;
const AWAY_BACKOFF = { firstDelayMs: 250, maxDelayMs: 5_000 };
/** Decisions under way at once in a process; most of their time is waited for a check. */
const SLOTS = 10;
/** So often the scheduler's wake-ups for what is due soon are set anew, should its store have lost them. */
const WAKE_UP_EVERY_MS = 60_000;
const WAKE_UP_AHEAD_MS = 10 * 60_000;
const MAX_WAKE_UPS = 1_000;
/** A decision in hand may end for so long at the stop; then it is given up, and its claim given back. */
const STOP_TIMEOUT_MS = 3_000;
const GIVE_BACK_MS = 500;

export interface CronRunner extends AsyncDisposable {
  /** Something may be due or decidable: look at once. */
  wake(): void;
  /** The log has grown: the end of a cron trigger's task lets the next in its queue go on. */
  seen(events: readonly TaskEvent[]): void;
  /** Takes no new decision and lets those in hand end. Once; a second call waits for the first. */
  stop(): Promise<void>;
}

export interface CronRunnerOptions {
  readonly context: CronContext;
  /** Has the scheduler wake some process at that moment. Never throws for its store being away. */
  readonly wakeAt: (triggerId: string, at: Date) => Promise<unknown>;
  /** 1 s when absent. */
  readonly pollMs?: number;
}

/**
 * Looks for what is due and for what can be decided: when it is woken, at the very moment that a trigger is due (as the
 * database's clock says it), and each second by itself. Any number of these may run: each due moment is stored
 * once and decided by one. While the database is away it goes on trying; nothing is lost, as the tables say what was
 * scanned.
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
      .catch((err: unknown) => log.warn({ err, triggerId }, 'the wake-up of a trigger could not be set'));
  }

  async function setUpcoming(): Promise<void> {
    for (const { id, nextDueAt } of await upcomingTriggers(pool, WAKE_UP_AHEAD_MS, MAX_WAKE_UPS))
      setWakeUp(id, nextDueAt);
  }

  async function run(): Promise<NextRun | undefined> {
    // A quarter more than the poll, so that no moment lies between what one run sees and the next.
    const { hasMore, nextInMs } = await scanDue({ pool, log, scanned: setWakeUp }, pollMs * 1.25);
    await takeUp();
    if (monotonicMs() >= setUpcomingAtMs) {
      await setUpcoming();
      setUpcomingAtMs = monotonicMs() + WAKE_UP_EVERY_MS;
    }
    // A millisecond more, for clocks that round down: looking too early would cost a whole poll.
    return { dueInMs: hasMore ? 0 : nextInMs + 1 };
  }

  /** Fills the free slots with what can be decided. */
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
      // A slot is free, and the next of the same trigger may have waited for this one.
      poller.wake();
    });
    inHand.add(held);
  }

  async function decide(claimed: ClaimedOccurrence): Promise<void> {
    const { id: occurrenceId, triggerId } = claimed.occurrence;
    try {
      const decided = await decideOccurrence(context, claimed, givingUp.signal);
      if (decided?.outcome === 'failed') {
        log.warn(
          { occurrenceId, triggerId, reason: decided.reason },
          'an occurrence of a cron trigger failed',
        );
      } else {
        log.debug({ occurrenceId, triggerId, outcome: decided?.outcome }, 'an occurrence was decided');
      }
    } catch (err) {
      if (givingUp.signal.aborted) return;
      log.warn({ err, occurrenceId, triggerId }, 'an occurrence could not be decided; it is tried again');
      // Given back at once, it would be claimed again at once.
      await sleep(pollMs, stopping.signal);
    }
  }

  async function fail(claim: UnreadableClaim): Promise<void> {
    const reason = `the trigger cannot be read: ${claim.trouble}`.slice(0, 1_000);
    await closeOccurrence(pool, claim, 'failed', reason).catch((err: unknown) =>
      log.warn({ err, occurrenceId: claim.occurrence.id }, 'an occurrence could not be closed'),
    );
  }

  const poller = startPoller({
    run,
    pollMs,
    backoff: AWAY_BACKOFF,
    outage: {
      log,
      began: 'the due cron triggers cannot be read; trying again until they can',
      ended: 'the due cron triggers are read again',
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
