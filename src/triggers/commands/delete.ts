import type { Caller } from '../../domain/permissions.ts';
import type { Trigger } from '../../domain/trigger.ts';
import type { TriggerContext } from '../context.ts';
import { change, mustBeFromApi } from '../rules.ts';

/**
 * Deletes a trigger: it makes nothing any more, and its name and path are free; its record and its tasks stay. Its
 * secrets go, for nothing is verified with them again. Throws `FORBIDDEN`, `VALIDATION` for one from the file, or
 * `NOT_FOUND`, also for one that is deleted.
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
