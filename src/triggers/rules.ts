import { invalid, Refusal } from '../core/errors.ts';
import { isId } from '../core/ids.ts';
import { mustBeAllowed } from '../domain/authorize.ts';
import type { Caller } from '../domain/permissions.ts';
import type { Trigger } from '../domain/trigger.ts';
import { changeTrigger, type TriggerChange } from '../store/triggers/write.ts';
import type { TriggerContext } from './context.ts';

export function triggerNotFound(id: string): Refusal {
  return new Refusal('NOT_FOUND', `Not found: trigger ${id.slice(0, 100)}`);
}

/** Throws `VALIDATION` for a trigger that only its file may change. */
export function mustBeFromApi(trigger: Trigger): void {
  if (trigger.origin === 'api') return;
  const message =
    'this trigger comes from agents.yaml; change it there. Only pausing and firing are possible here';
  throw invalid([{ path: ['id'], message }]);
}

/**
 * Changes one trigger under its lock and publishes the change. Throws `FORBIDDEN`, `NOT_FOUND` if it is missing or
 * deleted, and what `decide` throws.
 */
export async function change(
  context: TriggerContext,
  caller: Caller,
  id: string,
  decide: (trigger: Trigger, now: Date) => TriggerChange,
): Promise<Trigger> {
  mustBeAllowed(caller, 'trigger.manage');
  const changed = isId('trigger', id) ? await changeTrigger(context.pool, id, decide) : undefined;
  if (!changed) throw triggerNotFound(id);
  context.pubsub.publish('triggers', { triggerIds: [id] });
  return changed;
}
