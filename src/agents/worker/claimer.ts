import { setImmediate as nextTick } from 'node:timers/promises';
import { monotonicMs } from '../../core/clock.ts';
import { type NextRun, type RunContext, startPoller } from '../../core/poller.ts';
import { type Claim, logFieldsOf, type WorkUnit } from '../work/unit.ts';
import { ActiveUnit } from './active-unit.ts';
import type { WorkerOptions } from './options.ts';

/** A claim that failed, and may have been made all the same. */
interface Unanswered {
  readonly claim: Claim;
  readonly slots: number;
  readonly sentAtMs: number;
  readonly alone: boolean;
  /** The attempts of this claim that were found and taken up. */
  readonly taken: Set<string>;
}

export interface Claimer {
  /** Something may be claimable: look at once, or right after the look under way. */
  wake(): void;
  /** Takes nothing more; resolves when no claim is under way. */
  stop(): Promise<void>;
}

export interface ClaimerCalls {
  /** How many units are under way. */
  busy(): number;
  /** True while a unit is under way that must have no other beside it. */
  isAlone(): boolean;
  start(active: ActiveUnit, alone: boolean): void;
  /** A claim is about to be sent: what it takes may be cancelled before its answer arrives. */
  claiming(): void;
  /** A claim found that the unit had lost too many leases, and failed it. */
  poisoned(unitId: string): void;
}

/**
 * One claimer per process keeps its slots full: one statement takes as many units as there are free slots. It is woken
 * by messages and by freed slots, and also looks every `pollMs`, so that a lost wake-up only costs time.
 * While a suspect waits (a unit that has lost two leases) it lets the slots run empty and then takes that one alone.
 */
export function startClaimer(options: WorkerOptions, calls: ClaimerCalls): Claimer {
  const { id: workerId, source, agents, concurrency, leaseMs, pollMs, log } = options;
  let suspectWaits = false;
  let unanswered: readonly Unanswered[] = [];

  /** Gives how many units the claim took off the list, poisoned ones included. */
  async function claim(slots: number, alone: boolean): Promise<number> {
    const sentAtMs = monotonicMs();
    const names = agents.names();
    if (names.length === 0) return 0;
    const prepared = source.prepareClaim({ agents: names, workerId, leaseMs, slots, alone });
    calls.claiming();
    const { units, poisoned } = await prepared.send().catch((error: unknown) => {
      unanswered = [...unanswered, { claim: prepared, slots, sentAtMs, alone, taken: new Set() }];
      throw error;
    });
    for (const unit of units) calls.start(new ActiveUnit(unit, sentAtMs + leaseMs), alone);
    for (const unitId of poisoned) calls.poisoned(unitId);
    return units.length + poisoned.length;
  }

  /**
   * Units taken by a claim whose answer was lost would wait until their leases end, and be counted as lost.
   * A claim may even be made after its connection is gone, so it is looked for as long as its leases could last.
   */
  async function takeUpUnanswered(): Promise<void> {
    for (const lost of unanswered) {
      for (const unit of await lost.claim.taken()) {
        if (lost.taken.has(unit.attemptId)) continue;
        await takeUp(unit, lost);
        lost.taken.add(unit.attemptId);
      }
      const isOver = lost.taken.size === lost.slots || monotonicMs() >= lost.sentAtMs + leaseMs;
      if (isOver) unanswered = unanswered.filter((other) => other !== lost);
    }
  }

  async function takeUp(unit: WorkUnit, { sentAtMs, alone }: Unanswered): Promise<void> {
    log.info(logFieldsOf(unit), 'a claim whose answer was lost had been made');
    if (alone && calls.busy() > 0) await unit.release('not_alone');
    else calls.start(new ActiveUnit(unit, sentAtMs + leaseMs), alone);
  }

  /** Gives whether it filled all free slots: there may be more. */
  async function look(): Promise<boolean> {
    if (unanswered.length > 0) await takeUpUnanswered();
    if (calls.isAlone()) return false;
    if (suspectWaits) {
      if (calls.busy() > 0) return false;
      suspectWaits = (await claim(1, true)) > 0;
      if (suspectWaits) return false;
    }
    const free = concurrency - calls.busy();
    const slots = Math.min(free, source.maxClaim);
    return slots > 0 && (await claim(slots, false)) === slots;
  }

  async function run({ cause, signal }: RunContext): Promise<NextRun | undefined> {
    if (cause !== 'wake-up' && cause !== 'due') suspectWaits = await source.isSuspectWaiting(agents.names());
    // One write ends many units in one tick: their slots are filled by one claim.
    await nextTick();
    if (signal.aborted) return undefined;
    return (await look()) ? { dueInMs: 0 } : undefined;
  }

  const poller = startPoller({
    run,
    pollMs,
    backoff: { firstDelayMs: Math.min(100, pollMs), maxDelayMs: Math.min(2_000, pollMs) },
    outage: { log, began: 'work cannot be claimed; trying again', ended: 'work is claimed again' },
  });
  const wake = (): void => poller.wake();
  const stopListening = agents.onChange(wake);
  return {
    wake,
    stop: async () => {
      stopListening();
      await poller.stop();
    },
  };
}
