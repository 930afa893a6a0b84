import { createHash } from 'node:crypto';
import { z } from 'zod';
import { invalid } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { mustBeAllowed } from '../../domain/authorize.ts';
import type { IncomingDelivery } from '../../domain/delivery.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Caller } from '../../domain/permissions.ts';
import { recordByHand } from '../../store/deliveries/incoming.ts';
import { parseInput } from '../../tasks/fields.ts';
import type { TriggerContext } from '../context.ts';
import { decideDelivery } from './decide.ts';
import { mustBeLiveWebhook } from './live-webhook.ts';
import { redact } from './redact.ts';

const MOST_HEADERS = 100;
const HEADER_CHARACTERS = 8_000;

const schema = z.object({
  id: z.string(),
  sample: z.object({
    headers: z
      .record(z.string().max(LIMITS.nameCharacters), z.string().max(HEADER_CHARACTERS))
      .refine((headers) => Object.keys(headers).length <= MOST_HEADERS, {
        error: `must have at most ${MOST_HEADERS} headers`,
      })
      .optional(),
    body: z.unknown(),
  }),
});

/** A string is the body as it is; any other value is written as JSON. */
export interface WebhookSample {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/**
 * Fires a webhook trigger with a sample, as if a verified sender had sent it. The delivery is stored as a test of the
 * caller; its task is real. Throws `FORBIDDEN`, `NOT_FOUND` or `VALIDATION`.
 */
export async function fireWebhookTrigger(
  context: TriggerContext,
  caller: Caller,
  input: { readonly id: string; readonly sample: WebhookSample },
): Promise<IncomingDelivery> {
  mustBeAllowed(caller, 'trigger.manage');
  const { id, sample } = parseInput(schema, input);
  const trigger = await mustBeLiveWebhook(context, id);
  const body = bodyOf(sample.body);
  const given = Object.entries(sample.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const headers: Record<string, string> = Object.fromEntries(given);
  if (typeof sample.body !== 'string') headers['content-type'] ??= 'application/json';
  const delivery = await recordByHand(
    context.pool,
    {
      id: newId('delivery'),
      triggerId: trigger.id,
      key: null,
      bodyHash: createHash('sha256').update(body).digest('hex'),
      headers: redact(headers, trigger),
      query: {},
      body,
      taskId: newId('task'),
      note: 'test: fired by hand with a sample, not verified',
    },
    { redeliveryOf: null, redeliveredBy: caller.actor },
  );
  return decideDelivery(context, delivery);
}

function bodyOf(sample: unknown): Buffer {
  const text = typeof sample === 'string' ? sample : JSON.stringify(sample ?? null);
  const body = Buffer.from(text);
  if (body.length > LIMITS.webhookBytes) {
    const message = `is larger than ${LIMITS.webhookBytes / 1024} KiB`;
    throw invalid([{ path: ['sample', 'body'], message }]);
  }
  return body;
}
