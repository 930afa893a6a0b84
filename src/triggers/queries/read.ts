import { isId } from '../../core/ids.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Trigger } from '../../domain/trigger.ts';
import { readTrigger as readRow, readTriggerByPath } from '../../store/triggers/triggers.ts';
import type { ReadContext } from '../../tasks/context.ts';
import { triggerNotFound } from '../rules.ts';

/** One trigger that is not deleted. Throws `FORBIDDEN` or `NOT_FOUND`. */
export async function readTrigger(
  { pool }: ReadContext,
  caller: Caller,
  { id }: { readonly id: string },
): Promise<Trigger> {
  mustBeAllowed(caller, 'task.read');
  const trigger = isId('trigger', id) ? await readRow(pool, id) : undefined;
  if (!trigger || trigger.deletedAt !== null) throw triggerNotFound(id);
  return trigger;
}

/** Whether a webhook has this path, also a paused one. The caller is not authenticated, so it returns no more. */
export async function hasWebhook({ pool }: ReadContext, path: string): Promise<boolean> {
  return (await readTriggerByPath(pool, path)) !== undefined;
}
