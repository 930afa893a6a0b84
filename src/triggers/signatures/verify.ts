import type { SignedRequest, Verified } from '../../domain/signatures/scheme.ts';
import { schemeOf } from '../../domain/signatures/schemes.ts';
import type { Verification } from './verification.ts';

/** Whether a request comes from the trigger's sender, by its scheme and any of its secrets. */
export function verifyRequest(trigger: Verification, request: SignedRequest, now: Date): Verified {
  const scheme = schemeOf(trigger.verify);
  // Anyone could sign with an empty secret.
  const secrets = trigger.secrets.filter((secret) => secret !== '');
  if (scheme.secret !== null && secrets.length === 0) {
    return { ok: false, reason: 'the trigger has no secret to verify with' };
  }
  return scheme.verify({ secrets, verifyHeader: trigger.verifyHeader, now }, request);
}
