import { invalid, Refusal } from '../../../core/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { readSchedule, type Schedule } from '../../../domain/schedule.ts';
import type { CronTrigger } from '../../../domain/trigger.ts';

/** How many moments are shown when nothing is said. */
export const MOMENTS = 5;

/** Each moment is calculated. */
export function momentsCost(first: number | null | undefined): { field: number; multiplier: number } {
  return { field: Math.max(1, Math.min(first ?? MOMENTS, LIMITS.maxPageSize)), multiplier: 1 };
}

/** The schedule of a trigger; undefined for one that can no longer be read, which must not take a whole page with it. */
export function keptSchedule({ cron, timezone }: CronTrigger): Schedule | undefined {
  try {
    return readSchedule(cron, timezone);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

const NEVER = new Date(8.64e15);

/** The moments that come from now on, the next first. Throws `VALIDATION` for a number out of range. */
export function nextMoments(trigger: CronTrigger, first: number): readonly Date[] {
  if (first < 1 || first > LIMITS.maxPageSize) {
    throw invalid([{ path: ['first'], message: `must lie between 1 and ${LIMITS.maxPageSize}` }]);
  }
  return keptSchedule(trigger)?.between(new Date(), NEVER, first) ?? [];
}
