import { invalid, Refusal } from '../../../core/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { readSchedule, type Schedule } from '../../../domain/schedule.ts';
import type { CronTrigger } from '../../../domain/trigger.ts';

/** The default number of due moments. */
export const MOMENTS = 5;

/** The cost increases with the number of due moments, because each is calculated. */
export function momentsCost(first: number | null | undefined): { field: number; multiplier: number } {
  return { field: Math.max(1, Math.min(first ?? MOMENTS, LIMITS.maxPageSize)), multiplier: 1 };
}

/** The schedule of a trigger. Undefined if it is no longer valid, so that one such trigger does not fail a whole page. */
export function keptSchedule({ cron, timezone }: CronTrigger): Schedule | undefined {
  try {
    return readSchedule(cron, timezone);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

const NEVER = new Date(8.64e15);

/** The due moments from now on, the next first. Throws `VALIDATION` for a number out of range. */
export function nextMoments(trigger: CronTrigger, first: number): readonly Date[] {
  if (first < 1 || first > LIMITS.maxPageSize) {
    throw invalid([{ path: ['first'], message: `must be from 1 to ${LIMITS.maxPageSize}` }]);
  }
  return keptSchedule(trigger)?.between(new Date(), NEVER, first) ?? [];
}
