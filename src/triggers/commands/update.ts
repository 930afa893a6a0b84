import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { invalid } from '../../core/errors.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import { parseSchedule } from '../../domain/schedule.ts';
import { schemeOf } from '../../domain/signatures/schemes.ts';
import type { CronTrigger, Trigger, WebhookTrigger } from '../../domain/trigger.ts';
import type { TriggerChange } from '../../store/triggers/write.ts';
import { parseInput, priority } from '../../tasks/fields.ts';
import type { TriggerContext } from '../context.ts';
import { agentField, triggerFields } from '../fields.ts';
import { type FileNames, inOurNames } from '../file/names.ts';
import { change, mustBeFromApi } from '../rules.ts';
import { givenSecrets, mustBeVerifiable, warnIfOpen } from '../signatures/secrets.ts';
import { verificationOf } from '../signatures/verification.ts';

function schemaOf({ outgoingAllow, tasks }: TriggerContext) {
  const fields = triggerFields(outgoingAllow);
  return z.object({
    id: z.string(),
    name: fields.name.optional(),
    agent: agentField(tasks).nullable().optional(),
    title: fields.title.optional(),
    description: fields.description.nullable().optional(),
    priority: priority.optional(),
    cron: fields.cron.optional(),
    timezone: fields.timezone.optional(),
    overlap: fields.overlap.optional(),
    misfire: fields.misfire.optional(),
    misfireWindowSeconds: fields.misfireWindowSeconds.optional(),
    checkUrl: fields.checkUrl.nullable().optional(),
    path: fields.path.optional(),
    verify: fields.verify.optional(),
    verifyHeader: z.string().nullable().optional(),
    secret: z.string().optional(),
    secrets: z.array(z.string()).optional(),
    dropOldSecret: z.boolean().optional(),
    when: fields.when.nullable().optional(),
    dedupeSeconds: fields.dedupeSeconds.optional(),
  });
}
export type UpdateTriggerInput = z.input<ReturnType<typeof schemaOf>> & FileNames;
type Parsed = z.output<ReturnType<typeof schemaOf>>;

const BASE_FIELDS = ['name', 'agent', 'title', 'description', 'priority'] as const;
const CRON_FIELDS = ['cron', 'timezone', 'overlap', 'misfire', 'misfireWindowSeconds', 'checkUrl'] as const;
const PLAIN_WEBHOOK_FIELDS = ['path', 'when', 'dedupeSeconds'] as const;
const VERIFICATION_FIELDS = ['verify', 'verifyHeader', 'secret', 'secrets', 'dropOldSecret'] as const;
const WEBHOOK_FIELDS = [...PLAIN_WEBHOOK_FIELDS, ...VERIFICATION_FIELDS] as const;
const FIELDS = [...BASE_FIELDS, ...CRON_FIELDS, ...WEBHOOK_FIELDS] as const;

/**
 * Changes the fields of a trigger. Absent fields stay; null removes agent, description, checkUrl, when or verifyHeader.
 * After a change of the expression or the time zone, the next due time is after now. `secret` adds a new secret; the
 * previous one stays valid until `dropOldSecret`. `secrets` replaces both. Throws `FORBIDDEN`, `NOT_FOUND`, or
 * `VALIDATION`: for input that is invalid at creation, a field of the other kind, or a trigger from the file.
 */
export async function updateTrigger(
  context: TriggerContext,
  caller: Caller,
  input: UpdateTriggerInput,
): Promise<Trigger> {
  mustBeAllowed(caller, 'trigger.manage');
  const parsed = parseInput(schemaOf(context), inOurNames(input));
  if (FIELDS.every((field) => parsed[field] === undefined)) {
    throw invalid([{ path: [], message: `set at least one of ${FIELDS.join(', ')}` }]);
  }
  let opened = false;
  const changed = await change(context, caller, parsed.id, (trigger, now) => {
    mustBeFromApi(trigger);
    mustBeOfItsKind(trigger, parsed);
    const wanted =
      trigger.kind === 'cron' ? changeOfCron(trigger, parsed, now) : changeOfWebhook(trigger, parsed);
    const difference = differenceOf(trigger, { ...pick(parsed, BASE_FIELDS), ...wanted });
    opened = difference.verify === 'none';
    return difference;
  });
  if (opened && changed.kind === 'webhook') warnIfOpen(context.log, changed);
  return changed;
}

function mustBeOfItsKind(trigger: Trigger, parsed: Parsed): void {
  const [foreign, other] =
    trigger.kind === 'cron' ? [WEBHOOK_FIELDS, 'webhook'] : [CRON_FIELDS, 'cron trigger'];
  const given = foreign.filter((field) => parsed[field] !== undefined);
  if (given.length === 0) return;
  const message = `belongs to a ${other}; this trigger is a ${trigger.kind === 'cron' ? 'cron trigger' : 'webhook'}, and its kind cannot be changed`;
  throw invalid(given.map((field) => ({ path: [field], message })));
}

function changeOfCron(trigger: CronTrigger, parsed: Parsed, now: Date): TriggerChange {
  const fields = pick(parsed, CRON_FIELDS);
  const { cron = trigger.cron, timezone = trigger.timezone, checkUrl = trigger.checkUrl } = fields;
  const isRescheduled = cron !== trigger.cron || timezone !== trigger.timezone;
  return {
    ...fields,
    ...(isRescheduled && {
      scannedUntil: now,
      nextDueAt: parseSchedule(cron, timezone).next(now) ?? null,
    }),
    // Validators of another URL do not apply.
    ...(checkUrl !== trigger.checkUrl && { checkState: null }),
  };
}

function changeOfWebhook(trigger: WebhookTrigger, parsed: Parsed): TriggerChange {
  const fields = pick(parsed, PLAIN_WEBHOOK_FIELDS);
  if (VERIFICATION_FIELDS.every((field) => parsed[field] === undefined)) return fields;
  const { verify = trigger.verify, verifyHeader = trigger.verifyHeader } = parsed;
  const hasOwnHeader = schemeOf(verify).defaultHeader !== undefined;
  const wanted = {
    verify,
    // The header of another scheme is stored, but the caller did not give it.
    verifyHeader: parsed.verifyHeader === undefined && !hasOwnHeader ? null : verifyHeader,
    secrets: secretsAfter(trigger, parsed, verify),
  };
  mustBeVerifiable(wanted, parsed);
  return { ...fields, ...verificationOf(wanted) };
}

function secretsAfter(
  trigger: WebhookTrigger,
  parsed: Parsed,
  verify: WebhookTrigger['verify'],
): readonly string[] {
  const given = givenSecrets(parsed);
  if (given === undefined) {
    if (schemeOf(verify).secret === null) return [];
    return parsed.dropOldSecret ? trigger.secrets.slice(0, 1) : trigger.secrets;
  }
  if (parsed.secrets !== undefined) return parsed.dropOldSecret ? given.slice(0, 1) : given;
  // A secret of another scheme does not apply.
  if (parsed.dropOldSecret || verify !== trigger.verify) return given;
  const before = trigger.secrets.filter((secret) => !given.includes(secret));
  return [...given, ...before.slice(0, 1)];
}

/** Only values that differ from the current ones, so that an equal value writes nothing. */
function differenceOf(trigger: Trigger, wanted: TriggerChange): TriggerChange {
  const before = new Map<string, unknown>(Object.entries(trigger));
  return Object.fromEntries(
    Object.entries(wanted).filter(
      ([key, value]) => value !== undefined && !isDeepStrictEqual(value, before.get(key)),
    ),
  ) as TriggerChange;
}

function pick<Fields extends object, Key extends keyof Fields>(
  fields: Fields,
  keys: readonly Key[],
): Partial<Pick<Fields, Key>> {
  const given = keys.filter((key) => fields[key] !== undefined).map((key) => [key, fields[key]]);
  return Object.fromEntries(given) as Partial<Pick<Fields, Key>>;
}
