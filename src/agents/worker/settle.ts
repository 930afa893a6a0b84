import { monotonicMs } from '../../core/clock.ts';
import { isRefusedData, isUnavailable } from '../../core/database-away.ts';
import { messageOf } from '../../core/errors.ts';
import { type FailedAttempt, retry } from '../../core/retry.ts';
import type { SettledOutcome } from '../work/outcome.ts';
import type { ReleaseReason, WorkUnit } from '../work/unit.ts';
import type { ActiveUnit } from './active-unit.ts';

/** How a unit leaves this worker: with an outcome, or given back unfinished. */
export type UnitEnd =
  | { readonly kind: 'settle'; readonly outcome: SettledOutcome }
  | { readonly kind: 'release'; readonly reason: ReleaseReason };

/** Unexpected errors are retried this often; only the database's absence is waited out. */
const MAX_ATTEMPTS = 5;
const BACKOFF = { firstDelayMs: 50, maxDelayMs: 1_000 };

/**
 * Stores a unit's end, retrying while the database is away and the lease still holds. True when it was stored; false
 * when the unit had moved on or the lease was lost: then nothing was written, and somebody else has the unit.
 * An end whose data the database refuses fails the unit, because it would be refused every time.
 */
export async function storeEnd(active: ActiveUnit, end: UnitEnd): Promise<boolean> {
  try {
    return await store(active, end);
  } catch (error) {
    if (!isRefusedData(error)) throw error;
    const message = `The result could not be stored: ${messageOf(error).slice(0, 500)}`;
    const outcome = { kind: 'failed', code: 'unwritable_end', message } as const;
    return store(active, { kind: 'settle', outcome });
  }
}

function store(active: ActiveUnit, end: UnitEnd): Promise<boolean> {
  const shouldRetry = ({ error, attempt, delayMs }: FailedAttempt): boolean => {
    if (isRefusedData(error) || (!isUnavailable(error) && attempt >= MAX_ATTEMPTS)) return false;
    return monotonicMs() + delayMs < active.leaseEndsAtMs;
  };
  return retry({ backoff: BACKOFF, shouldRetry }, () => write(active.unit, end));
}

function write(unit: WorkUnit, end: UnitEnd): Promise<boolean> {
  return end.kind === 'settle' ? unit.settle(end.outcome) : unit.release(end.reason);
}
