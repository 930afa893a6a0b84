import { createHash } from 'node:crypto';
import { Refusal } from '../../core/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { doOnce } from '../../requests/once.ts';
import type { Endpoint } from '../contract/endpoint.ts';
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
export function onceOnly(endpoint: Endpoint, services: RestServices, closing: AbortSignal): Guard {
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
    const once = await doOnce(services, request, () => endpoint.handle(call), wasRefused);
    switch (once.kind) {
      case 'other-body':
        throw new Problem('IDEMPOTENCY_KEY_REUSED', 'The idempotency key was used with another body.');
      case 'in-flight':
        throw new Problem(
          'IDEMPOTENCY_KEY_IN_FLIGHT',
          'The first request with this key is still under way.',
          {
            headers: { 'retry-after': '1' },
          },
        );
      case 'repeated': {
        const reply = await repeat(call, once.resourceId);
        context.header('idempotency-replayed', 'true');
        return send(context, reply);
      }
      case 'done':
        return send(context, once.result);
    }
  };
}

function wasRefused(error: unknown): boolean {
  return error instanceof Refusal || error instanceof Problem;
}
