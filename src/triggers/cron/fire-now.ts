import { z } from 'zod';
import { OperationError, Refusal } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { Occurrence } from '../../domain/trigger.ts';
import {
  addManual,
  type ClaimedOccurrence,
  isLiveCron,
  readOccurrence,
} from '../../store/triggers/occurrences-decide.ts';
import { parseInput, reason } from '../../tasks/fields.ts';
import type { CronContext } from './context.ts';
import { decideOccurrence } from './decide.ts';

const schema = z.object({ id: z.string(), reason });
export type FireCronTriggerInput = z.input<typeof schema>;

/** Each occurrence has a millisecond of its own; this many may be taken by concurrent firings by hand. */
const MOST_TRIES = 500;
const NEVER = new AbortController().signal;

/**
 * Fires a cron trigger by hand, also while it is paused. The caller wants a task now, so the check is not called and
 * an unfinished task does not prevent it. The schedule does not change. Returns the occurrence of kind `manual`:
 * `fired` with its task, or `failed` with the reason (a template, an agent). Throws `FORBIDDEN`, `NOT_FOUND` (also for
 * a webhook or a deleted trigger), `VALIDATION` or `UNAVAILABLE`.
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
  if (!occurrence) throw new OperationError('UNAVAILABLE', 'The occurrence could not be read. Try again.');
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
      throw new Refusal('NOT_FOUND', `Not found: cron trigger ${triggerId.slice(0, 100)}`);
    }
  }
  throw new OperationError('UNAVAILABLE', 'This trigger is being fired too often at this moment. Try again.');
}
