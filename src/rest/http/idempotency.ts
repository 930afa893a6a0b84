import { createHash } from 'node:crypto';
import { Refusal } from '../../core/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { dropRequest, finishRequest, takeRequest } from '../../store/requests.ts';
import type { Endpoint, Reply } from '../contract/endpoint.ts';
import type { Guard } from '../environment.ts';
import { badParameters, Problem } from '../problems/problem.ts';
import type { RestServices } from '../services.ts';
import { callOf, send } from './answering.ts';

const KEY = new RegExp(
  `^[\\x21-\\x7e](?:[\\x20-\\x7e]{0,${LIMITS.idempotencyKeyCharacters - 2}}[\\x21-\\x7e])?$`,
);
/** A structured string (RFC 9651), as the draft of the header wants it; a bare one is as common. */
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** Throws `VALIDATION` for what is no key. */
function keyOf(header: string): string {
  const key = QUOTED.exec(header)?.[1]?.replace(/\\(["\\])/g, '$1') ?? header;
  if (KEY.test(key)) return key;
  const message = `must be 1 to ${LIMITS.idempotencyKeyCharacters} printable ASCII characters`;
  throw badParameters([{ parameter: 'Idempotency-Key', message }]);
}

/**
 * A POST under the same Idempotency-Key is done once in 24 hours. Its repetition is answered with the same status and
 * the resource as it is now; 409 while the first is under way, 422 for another body. A request that was refused leaves
 * its key free; one that died with its process keeps it for a minute, and is then done again.
 */
export function onceOnly(endpoint: Endpoint, { pool, logger }: RestServices, closing: AbortSignal): Guard {
  const { repeat, contract } = endpoint;
  return async (context, next) => {
    const header = context.req.header('idempotency-key');
    if (repeat === undefined || header === undefined) return next();
    const key = keyOf(header);
    context.set('idempotencyKey', key);
    if (repeat === 'own') return next();

    const call = callOf(context, closing);
    const text = JSON.stringify([call.params, call.body]);
    const request = {
      actorId: call.caller.actor.id,
      key,
      operation: `${contract.id} ${Object.values(call.params ?? {}).join(' ')}`.trim(),
      bodyHash: createHash('sha256').update(text).digest('hex'),
    };
    const taken = await takeRequest(pool, request);
    if (taken.kind === 'other-body') {
      throw new Problem('IDEMPOTENCY_KEY_REUSED', 'The idempotency key was used with another body.');
    }
    if (taken.kind === 'in-flight') {
      throw new Problem('IDEMPOTENCY_KEY_IN_FLIGHT', 'The first request with this key is still under way.', {
        headers: { 'retry-after': '1' },
      });
    }
    if (taken.kind === 'done') {
      const reply = await repeat(call, taken.resourceId);
      context.header('idempotency-replayed', 'true');
      return send(context, reply);
    }
    const mark = { ...request, takenAt: taken.takenAt };
    const warn = (err: unknown): void => {
      logger.warn({ err, requestId: call.requestId }, 'what came of an idempotency key could not be written');
    };
    let reply: Reply;
    try {
      reply = await endpoint.handle(call);
    } catch (error) {
      // Of anything but a refusal nobody knows whether it was done: its key stays taken for a minute.
      if (error instanceof Refusal || error instanceof Problem) await dropRequest(pool, mark).catch(warn);
      throw error;
    }
    await finishRequest(pool, mark, reply.resourceId ?? '').catch(warn);
    return send(context, reply);
  };
}
