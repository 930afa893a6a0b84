import { z } from 'zod';
import { invalid } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { WebhookTrigger } from '../../domain/trigger.ts';
import { insertTrigger } from '../../store/triggers/write.ts';
import { parseInput, priority } from '../../tasks/fields.ts';
import type { TriggerContext } from '../context.ts';
import { agentField, DEFAULTS, triggerFields } from '../fields.ts';
import { type FileNames, inOurNames } from '../file/names.ts';
import { givenSecrets, mustBeVerifiable, warnIfOpen } from '../signatures/secrets.ts';
import { newSecretFor, verificationOf } from '../signatures/verification.ts';

function schemaOf({ outgoingAllow, tasks }: TriggerContext) {
  const fields = triggerFields(outgoingAllow);
  return z.object({
    name: fields.name,
    agent: agentField(tasks).nullish(),
    title: fields.title,
    description: fields.description.nullish(),
    priority: priority.nullish(),
    path: fields.path,
    verify: fields.verify.nullish(),
    verifyHeader: z.string().nullish(),
    secret: z.string().nullish(),
    secrets: z.array(z.string()).nullish(),
    when: fields.when.nullish(),
    dedupeSeconds: fields.dedupeSeconds.nullish(),
  });
}
type Schema = z.input<ReturnType<typeof schemaOf>>;
export type CreateWebhookTriggerInput = Omit<Schema, 'path'> & {
  readonly path?: Schema['path'] | null | undefined;
} & Pick<FileNames, 'webhook'>;

export interface CreatedWebhookTrigger {
  readonly trigger: WebhookTrigger;
  /** Shown only once; null if the caller gave a secret or the scheme has none. */
  readonly secret: string | null;
}

/**
 * Creates a webhook trigger. If the caller gives no secret, one is generated for the schemes that allow it (standard,
 * github, header). Throws `FORBIDDEN`, or `VALIDATION` with every problem.
 */
export async function createWebhookTrigger(
  context: TriggerContext,
  caller: Caller,
  input: CreateWebhookTriggerInput,
): Promise<CreatedWebhookTrigger> {
  mustBeAllowed(caller, 'trigger.manage');
  const named = inOurNames(input);
  if (named['path'] === undefined || named['path'] === null) {
    throw invalid([{ path: ['path'], message: 'is required; set path, or webhook as in agents.yaml' }]);
  }
  const parsed = parseInput(schemaOf(context), named);
  const verify = parsed.verify ?? DEFAULTS.verify;
  const given = givenSecrets(parsed) ?? [];
  const made = given.length === 0 ? newSecretFor(verify) : undefined;
  const verification = {
    verify,
    verifyHeader: parsed.verifyHeader ?? null,
    secrets: made === undefined ? given : [made],
  };
  mustBeVerifiable(verification, parsed);
  const trigger = await insertTrigger(context.pool, () => ({
    id: newId('trigger'),
    kind: 'webhook',
    name: parsed.name,
    origin: 'api',
    agent: parsed.agent ?? null,
    title: parsed.title,
    description: parsed.description ?? null,
    priority: parsed.priority ?? DEFAULTS.priority,
    createdBy: caller.actor,
    actsFor: caller.keyId,
    path: parsed.path,
    ...verificationOf(verification),
    when: parsed.when ?? null,
    dedupeSeconds: parsed.dedupeSeconds ?? DEFAULTS.dedupeSeconds,
  }));
  warnIfOpen(context.log, trigger);
  context.pubsub.publish('triggers', { triggerIds: [trigger.id] });
  return { trigger, secret: made ?? null };
}
