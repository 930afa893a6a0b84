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

/** A webhook as received over HTTP. */
export interface WebhookRequest {
  /** The part of the URL after `/webhooks/`. */
  readonly path: string;
  /** With lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
  readonly query: Readonly<Record<string, string>>;
}

/** The answer to the sender. */
export interface Received {
  readonly deliveryId: string;
  /** The id of an existing task; null if there is none, or the first of two copies is not decided yet. */
  readonly taskId: string | null;
  readonly verdict: 'accepted' | 'duplicate' | 'filtered';
  /** If set, the whole answer is this text with status 200: Slack's handshake. */
  readonly challenge?: string;
}

/**
 * Called after the sender is verified, before anything is stored; throws to refuse. A rate limit that counted earlier
 * could be used up by anyone who knows the path.
 */
export type Admit = (trigger: WebhookTrigger) => Promise<void>;

/**
 * Receives a webhook: verifies and stores it, and creates its task once, however often and to whichever process it is
 * sent. A stored delivery is always decided, after a crash by another process.
 *
 * Throws `NOT_FOUND` for an unknown path (not stored). Stored as refused, up to a limit: `WebhookTooLarge`,
 * `UNAUTHENTICATED` with the problem of the signature, `VALIDATION` for a body that does not match its content type.
 * Stored as failed: `WebhookFailed`. If the database cannot be reached it throws `UNAVAILABLE`, and the sender retries.
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
      reason: `the body is too large; at most ${LIMITS.webhookBytes} bytes are allowed`,
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
    note: scheme.secret === null ? 'not verified: the trigger accepts any sender (verify none)' : null,
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
  const cut = isCut ? ` (only the first ${REFUSED.bodyBytes} bytes of the body are stored)` : '';
  const item = itemOf(trigger, request, { key: null, note: reason + cut });
  const id = await orUnavailable(recordRefused(context.pool, item));
  // The log has the same limit as the table, in case of a flood of calls.
  if (id !== undefined)
    context.log.info({ triggerId: trigger.id, deliveryId: id, reason }, 'incoming webhook refused');
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
    'incoming webhook failed',
  );
  throw new WebhookFailed(decided.id);
}
