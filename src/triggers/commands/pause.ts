import { z } from 'zod';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Trigger } from '../../domain/trigger.ts';
import { parseInput, reason } from '../../tasks/fields.ts';
import type { TriggerContext } from '../context.ts';
import { change } from '../rules.ts';

const schema = z.object({ id: z.string(), reason: reason.nullable() });
export type PauseTriggerInput = z.input<typeof schema>;

/**
 * Pauses a trigger, from the file or not: it does not fire and accepts no deliveries until it is resumed. Pausing it
 * again changes nothing: the first actor and reason stay. Throws `FORBIDDEN`, `NOT_FOUND` or `VALIDATION`.
 */
export async function pauseTrigger(
  context: TriggerContext,
  caller: Caller,
  input: PauseTriggerInput,
): Promise<Trigger> {
  mustBeAllowed(caller, 'trigger.manage');
  const parsed = parseInput(schema, input);
  return change(context, caller, parsed.id, (trigger, now) =>
    trigger.pausedAt === null
      ? { pausedAt: now, pausedBy: caller.actor, pauseReason: parsed.reason ?? null }
      : {},
  );
}
