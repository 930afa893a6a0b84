import { z } from 'zod';
import { newId } from '../../core/ids.ts';
import type { Caller } from '../../domain/permissions.ts';
import { parseSchedule } from '../../domain/schedule.ts';
import type { CronTrigger } from '../../domain/trigger.ts';
import { insertTrigger } from '../../store/triggers/write.ts';
import { parseInput, priority } from '../../tasks/fields.ts';
import { mustBeAllowed } from '../../tasks/rules.ts';
import type { TriggerContext } from '../context.ts';
import { agentField, DEFAULTS, triggerFields } from '../fields.ts';
import { type FileNames, inOurNames } from '../file/names.ts';

function schemaOf({ outgoingAllow, tasks }: TriggerContext) {
  const fields = triggerFields(outgoingAllow);
  return z.object({
    name: fields.name,
    agent: agentField(tasks).nullish(),
    title: fields.title,
    description: fields.description.nullish(),
    priority: priority.nullish(),
    cron: fields.cron,
    timezone: fields.timezone.nullish(),
    overlap: fields.overlap.nullish(),
    misfire: fields.misfire.nullish(),
    misfireWindowSeconds: fields.misfireWindowSeconds.nullish(),
    checkUrl: fields.checkUrl.nullish(),
  });
}
export type CreateCronTriggerInput = z.input<ReturnType<typeof schemaOf>> & Pick<FileNames, 'misfireWindow'>;

/**
 * Makes a cron trigger; what is due counts from now. Throws `FORBIDDEN`, or `VALIDATION` with everything that is wrong:
 * the expression, the zone, templates that do not compile, an address that may not be asked, a name that is taken.
 */
export async function createCronTrigger(
  context: TriggerContext,
  caller: Caller,
  input: CreateCronTriggerInput,
): Promise<CronTrigger> {
  mustBeAllowed(caller, 'trigger.manage');
  const parsed = parseInput(schemaOf(context), inOurNames(input));
  const schedule = parseSchedule(parsed.cron, parsed.timezone ?? DEFAULTS.timezone);
  const trigger = await insertTrigger(context.pool, (now) => ({
    id: newId('trigger'),
    kind: 'cron',
    name: parsed.name,
    origin: 'api',
    agent: parsed.agent ?? null,
    title: parsed.title,
    description: parsed.description ?? null,
    priority: parsed.priority ?? DEFAULTS.priority,
    createdBy: caller.actor,
    actsFor: caller.keyId,
    cron: schedule.cron,
    timezone: schedule.timezone,
    overlap: parsed.overlap ?? DEFAULTS.overlap,
    misfire: parsed.misfire ?? DEFAULTS.misfire,
    misfireWindowSeconds: parsed.misfireWindowSeconds ?? DEFAULTS.misfireWindowSeconds,
    checkUrl: parsed.checkUrl ?? null,
    scannedUntil: now,
    nextDueAt: schedule.next(now) ?? null,
  }));
  context.pubsub.publish('triggers', { triggerIds: [trigger.id] });
  return trigger;
}
