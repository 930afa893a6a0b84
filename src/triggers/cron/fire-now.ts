import { z } from 'zod';
import { OperationError, Refusal } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Occurrence } from '../../domain/trigger.ts';
import {
  addManual,
  type ClaimedOccurrence,
  isLiveCron,
  readOccurrence,
} from '../../store/triggers/occurrences-decide.ts';
import { parseInput, reason } from '../../tasks/fields.ts';
import { mustBeAllowed } from '../../tasks/rules.ts';
import type { CronContext } from './context.ts';
import { decideOccurrence } from './decide.ts';

const schema = z.object({ id: z.string(), reason });
export type FireCronTriggerInput = z.input<typeof schema>;

/** Milliseconds that others may have taken for their own firing by hand. */
const MOST_TRIES = 500;
const NEVER = new AbortController().signal;

/**
 * Fires a cron trigger by hand, also while it is paused: the caller wants a task now, so that the check is not
 * asked and a task that is not final is not in its way. Its schedule goes on as if nothing had been. Gives the
 * occurrence of kind `manual`: `fired` with its task, or `failed` with the reason (a template, an agent).
 * Throws `FORBIDDEN`, `NOT_FOUND` (also for a webhook or one that was deleted), `VALIDATION` or `UNAVAILABLE`.
 */
export async function fireCronTrigger(
  context: CronContext,
  caller: Caller,
  input: FireCronTriggerInput,
): Promise<Occurrence> {
  mustBeAllowed(caller, 'trigger.manage');
  const { id, reason: why } = parseInput(schema, input);
  const claimed = await add(context, caller, id, why ?? null);
  const decided = await decideOccurrence(context, claimed, NEVER);
  const occurrence = decided ?? (await readOccurrence(context.pool, claimed.occurrence.id));
  if (!occurrence) throw new OperationError('UNAVAILABLE', 'The occurrence could not be read; try again.');
  return occurrence;
}

async function add(
  { pool }: CronContext,
  { actor }: Caller,
  triggerId: string,
  why: string | null,
): Promise<ClaimedOccurrence> {
  const manual = { id: newId('occurrence'), taskId: newId('task'), triggerId, firedBy: actor, reason: why };
  for (let laterMs = 0; laterMs < MOST_TRIES; laterMs += 1) {
    const added = await addManual(pool, manual, laterMs);
    if (added) return added;
    if (laterMs === 0 && !(await isLiveCron(pool, triggerId))) {
      throw new Refusal('NOT_FOUND', `There is no cron trigger ${triggerId.slice(0, 100)}.`);
    }
  }
  throw new OperationError('UNAVAILABLE', 'Too many fire this trigger at this moment; try again.');
}
