import { z } from 'zod';
import { newId } from '../../core/ids.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import { parseSchedule } from '../../domain/schedule.ts';
import type { CronTrigger } from '../../domain/trigger.ts';
import { insertTrigger } from '../../store/triggers/write.ts';
import { parseInput, priority } from '../../tasks/fields.ts';
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
 * Creates a cron trigger; its first due time is after now. Throws `FORBIDDEN`, or `VALIDATION` with every problem: the
 * expression, the time zone, templates that do not compile, a URL that must not be requested, a name in use.
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
