import { createHash } from 'node:crypto';
import { newId } from '../../core/ids.ts';
import { LIMITS } from '../../domain/limits.ts';
import { schemeOf } from '../../domain/signatures/schemes.ts';
import type { WebhookTrigger } from '../../domain/trigger.ts';
import { type NewIncoming, recordIncoming } from '../../store/deliveries/incoming.ts';
import { REFUSED, recordRefused } from '../../store/deliveries/incoming-refused.ts';
import type { RecordedDelivery } from '../../store/deliveries/incoming-row.ts';
import { databaseNow } from '../../store/now.ts';
import { readTriggerByPath } from '../../store/triggers/triggers.ts';
import type { TriggerContext } from '../context.ts';
import { verifyRequest } from '../signatures/verify.ts';
import { awaitVerdict } from './await-verdict.ts';
import { decideDelivery } from './decide.ts';
import { parseBody } from './parse-body.ts';
import { redact } from './redact.ts';
import {
  noSuchWebhook,
  notReadable,
  notVerified,
  orUnavailable,
  WebhookFailed,
  WebhookTooLarge,
} from './refusals.ts';

/** A webhook as HTTP brought it. */
export interface WebhookRequest {
  /** What stands behind `/webhooks/`. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
  readonly query: Readonly<Record<string, string>>;
}

/** The answer to the sender. */
export interface Received {
  readonly deliveryId: string;
  /** Of a task that exists; null when none was made, or the first of two copies is not decided yet. */
  readonly taskId: string | null;
  readonly verdict: 'accepted' | 'duplicate' | 'filtered';
  /** To be answered as text with status 200 in place of all else: Slack's handshake. */
  readonly challenge?: string;
}

/**
 * Called once a sender has proved who it is, before anything of it is stored; throws to turn it away. A limit that counted
 * before would let anybody who knows the path use it up for the sender.
 */
export type Admit = (trigger: WebhookTrigger) => Promise<void>;

/**
 * Takes a webhook: verifies and stores it, and makes its task, once however often it is sent and to whichever
 * instance. What is stored is decided, by another process if need be: the answer may be lost, the work is not.
 *
 * Throws `NOT_FOUND` for a path that no live trigger has (not stored). Stored as refused, within bounds:
 * `WebhookTooLarge`, `UNAUTHENTICATED` with what is wrong about the signature, `VALIDATION` for a body that is not what
 * its type says. Stored as failed: `WebhookFailed`. `UNAVAILABLE` when the database is away: send it again.
 */
export async function receiveWebhook(
  context: TriggerContext,
  request: WebhookRequest,
  admit: Admit = () => Promise.resolve(),
): Promise<Received> {
  const { trigger, now } = await orUnavailable(triggerOf(context, request.path));
  const { rawBody, headers } = request;
  if (rawBody.length > LIMITS.webhookBytes) {
    await refuse(context, trigger, request, {
      reason: `the body is larger than ${LIMITS.webhookBytes} bytes`,
    });
    throw new WebhookTooLarge();
  }
  const verified = verifyRequest(trigger, { headers, rawBody }, now);
  if (!verified.ok) {
    await refuse(context, trigger, request, verified);
    throw notVerified(verified.reason);
  }
  await admit(trigger);
  const scheme = schemeOf(trigger.verify);
  const parsed = parseBody(headers, rawBody);
  if (!parsed.ok) {
    await refuse(context, trigger, request, parsed);
    throw notReadable(parsed.reason);
  }
  const item = itemOf(trigger, request, {
    key: verified.deliveryId,
    note:
      scheme.secret === null ? 'not verified: the trigger takes anything from anybody (verify none)' : null,
  });
  const delivery = await orUnavailable(recordIncoming(context.pool, item, trigger.dedupeSeconds));
  const received = await orUnavailable(answer(context, delivery));
  const challenge = scheme.handshake?.(headers, parsed.body)?.challenge;
  return challenge === undefined ? received : { ...received, challenge };
}

async function triggerOf(
  context: TriggerContext,
  path: string,
): Promise<{ trigger: WebhookTrigger; now: Date }> {
  if (path.length === 0 || path.length > LIMITS.pathCharacters || path.includes('\u0000'))
    throw noSuchWebhook();
  const [trigger, now] = await Promise.all([
    readTriggerByPath(context.pool, path.toWellFormed()),
    databaseNow(context.pool),
  ]);
  if (!trigger) throw noSuchWebhook();
  return { trigger, now };
}

function itemOf(
  trigger: WebhookTrigger,
  { headers, query, rawBody }: WebhookRequest,
  { key, note }: Pick<NewIncoming, 'key' | 'note'>,
): NewIncoming {
  return {
    id: newId('delivery'),
    triggerId: trigger.id,
    key,
    bodyHash: createHash('sha256').update(rawBody).digest('hex'),
    headers: redact(headers, trigger),
    query: redact(query, trigger),
    body: rawBody,
    taskId: newId('task'),
    note,
  };
}

async function refuse(
  context: TriggerContext,
  trigger: WebhookTrigger,
  request: WebhookRequest,
  { reason }: { readonly reason: string },
): Promise<void> {
  const isCut = request.rawBody.length > REFUSED.bodyBytes;
  const cut = isCut ? ` (the first ${REFUSED.bodyBytes} bytes of the body are kept)` : '';
  const item = itemOf(trigger, request, { key: null, note: reason + cut });
  const id = await orUnavailable(recordRefused(context.pool, item));
  // A flood is no more welcome in the log than in the table.
  if (id !== undefined)
    context.log.info({ triggerId: trigger.id, deliveryId: id, reason }, 'a webhook was refused');
}

async function answer(context: TriggerContext, delivery: RecordedDelivery): Promise<Received> {
  if (delivery.duplicateOf !== null) {
    const first = await awaitVerdict(context.pool, delivery.duplicateOf);
    if (first?.verdict === 'failed') throw new WebhookFailed(delivery.duplicateOf);
    const taskId = first?.verdict === 'accepted' ? first.taskId : null;
    return { deliveryId: delivery.id, taskId, verdict: 'duplicate' };
  }
  const decided = await decideDelivery(context, delivery);
  if (decided.verdict === 'accepted') {
    return { deliveryId: decided.id, taskId: decided.taskId, verdict: 'accepted' };
  }
  if (decided.verdict === 'filtered') return { deliveryId: decided.id, taskId: null, verdict: 'filtered' };
  context.log.warn(
    { triggerId: decided.triggerId, deliveryId: decided.id, reason: decided.reason },
    'a webhook failed',
  );
  throw new WebhookFailed(decided.id);
}
