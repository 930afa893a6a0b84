import { createHash } from 'node:crypto';
import { Refusal } from '../../core/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { doOnce } from '../../requests/once.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import { KEY } from '../contract/idempotency-key.ts';
import type { Guard } from '../environment.ts';
import { badParameters, Problem } from '../problems/problem.ts';
import type { RestServices } from '../services.ts';
import { callOf, send } from './answering.ts';
import { repeatedReply, storedReply } from './stored-reply.ts';

/** A structured string (RFC 9651), as the draft of the header requires; bare keys are as common. */
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** Throws `VALIDATION` for an invalid key. */
function keyOf(header: string): string {
  const key = QUOTED.exec(header)?.[1]?.replace(/\\(["\\])/g, '$1') ?? header;
  if (KEY.test(key)) return key;
  const message = `must be 1 to ${LIMITS.idempotencyKeyCharacters} printable ASCII characters`;
  throw badParameters([{ parameter: 'Idempotency-Key', message }]);
}

/**
 * A POST is executed once per Idempotency-Key in 24 hours. A repetition gets the first response, even if the resource has
 * changed since; 409 while the first request is in progress, 422 for a different body.
 */
export function onceOnly(endpoint: Endpoint, services: RestServices, closing: AbortSignal): Guard {
  const { keyedBy, contract } = endpoint;
  return async (context, next) => {
    const header = context.req.header('idempotency-key');
    if (keyedBy === undefined || header === undefined) return next();
    const key = keyOf(header);
    context.set('idempotencyKey', key);
    if (keyedBy === 'use-case') return next();

    const call = callOf(context, closing);
    const text = JSON.stringify([call.params, call.body]);
    const request = {
      actorId: call.caller.actor.id,
      key,
      operation: `${contract.id} ${Object.values(call.params ?? {}).join(' ')}`.trim(),
      bodyHash: createHash('sha256').update(text).digest('hex'),
    };
    const once = await doOnce(services, request, {
      run: () => endpoint.handle(call),
      toStored: storedReply,
      wasRefused: (error) => error instanceof Refusal || error instanceof Problem,
    });
    switch (once.kind) {
      case 'done':
        return send(context, once.reply);
      case 'repeated':
        return send(context, repeatedReply(once.stored));
      case 'in-flight':
        throw new Problem(
          'IDEMPOTENCY_KEY_IN_FLIGHT',
          'The first request with this Idempotency-Key is still in progress; retry later.',
          {
            headers: { 'retry-after': '1' },
          },
        );
      case 'other-body':
        throw new Problem(
          'IDEMPOTENCY_KEY_REUSED',
          'This Idempotency-Key was used with a different body; use a new key.',
        );
      case 'done-without-reply':
        throw new Problem(
          'IDEMPOTENCY_KEY_REUSED',
          `The first request with this Idempotency-Key was executed by an older version, which did not store its response (${once.resourceId}); use a new key.`,
        );
    }
  };
}
