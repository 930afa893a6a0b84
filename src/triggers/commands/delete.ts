import type { Caller } from '../../domain/permissions.ts';
import type { Trigger } from '../../domain/trigger.ts';
import type { TriggerContext } from '../context.ts';
import { change, mustBeFromApi } from '../rules.ts';

/**
 * Deletes a trigger: it creates no more tasks, and its name and path can be used again. Its record and its tasks stay;
 * its secrets are deleted, since nothing is verified with them again. Throws `FORBIDDEN`, `VALIDATION` for a trigger
 * from the file, or `NOT_FOUND`, also for a deleted one.
 */
export function deleteTrigger(
  context: TriggerContext,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<Trigger> {
  return change(context, caller, id, (trigger, now) => {
    mustBeFromApi(trigger);
    return { deletedAt: now, ...(trigger.kind === 'webhook' && { secrets: [] }) };
  });
}
