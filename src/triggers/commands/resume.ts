import type { Caller } from '../../domain/permissions.ts';
import { readSchedule } from '../../domain/schedule.ts';
import type { Trigger } from '../../domain/trigger.ts';
import type { TriggerContext } from '../context.ts';
import { change } from '../rules.ts';

/**
 * Resumes a paused trigger. The next due time of a cron trigger is after now: due times during the pause are not made
 * up, whatever its misfire rule, since the pause was intended. A trigger that is not paused does not change.
 * Throws `FORBIDDEN` or `NOT_FOUND`.
 */
export function resumeTrigger(
  context: TriggerContext,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<Trigger> {
  return change(context, caller, id, (trigger, now) => {
    if (trigger.pausedAt === null) return {};
    const resumed = { pausedAt: null, pausedBy: null, pauseReason: null };
    if (trigger.kind === 'webhook') return resumed;
    const schedule = readSchedule(trigger.cron, trigger.timezone);
    return { ...resumed, scannedUntil: now, nextDueAt: schedule.next(now) ?? null };
  });
}
