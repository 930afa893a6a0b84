import { createHmac } from 'node:crypto';
import { newSigningSecret } from '../../core/standard-webhooks.ts';
import { ageProblem, isSignedByAny, MAX_AGE_SECONDS, readId, readSeconds, refused } from './checks.ts';
import type { SignatureScheme } from './scheme.ts';

const PREFIX = 'whsec_';
const MIN_KEY_BYTES = 16;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Standard Webhooks. Our own code rather than the package `standardwebhooks`, which accepts `123abc` as a time, signs
 * the body as text (bytes that are no UTF-8 become others), reads the process's clock and parses the body. The header
 * names of Svix are accepted, too: some senders still use them.
 */
export const standard = {
  name: 'standard',
  text: 'Standard Webhooks: the headers webhook-id, webhook-timestamp and webhook-signature.',
  secret: {
    generate: newSigningSecret,
    problem: (secret) => {
      const encoded = encodedKey(secret);
      if (BASE64.test(encoded) && Buffer.from(encoded, 'base64').length >= MIN_KEY_BYTES) return undefined;
      return `must be ${PREFIX} and at least ${MIN_KEY_BYTES} bytes in base64, as Standard Webhooks has it`;
    },
  },
  maxAgeSeconds: MAX_AGE_SECONDS,
  verify: ({ secrets, now }, { headers, rawBody }) => {
    const read = (name: string): string | undefined => headers[`webhook-${name}`] ?? headers[`svix-${name}`];
    const [id, time, signature] = [read('id'), read('timestamp'), read('signature')];
    if (!signature) return refused('the signature is missing (header webhook-signature)');
    if (!id) return refused('the id is missing (header webhook-id)');
    if (!time) return refused('the time is missing (header webhook-timestamp)');
    const deliveryId = readId(id);
    if (deliveryId === null) return refused('the id is longer than 255 characters, or not printable ASCII');
    const seconds = readSeconds(time);
    if (seconds === undefined) return refused('the time is not in whole seconds (header webhook-timestamp)');
    const signatures = signatures1(signature);
    if (signatures.length === 0) return refused('the signature is not of the form v1,<base64>');
    const isSigned = isSignedByAny(secrets, signatures, (secret) =>
      createHmac('sha256', keyOf(secret)).update(`${id}.${time}.`).update(rawBody).digest('base64'),
    );
    if (!isSigned) return refused('the signature is wrong');
    const problem = ageProblem(seconds, now);
    return problem === undefined ? { ok: true, deliveryId } : refused(problem);
  },
} as const satisfies SignatureScheme;

/** Several stand side by side while a sender changes its secret; those of other versions are not looked at. */
function signatures1(header: string): string[] {
  return header
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => part.slice('v1,'.length));
}

function keyOf(secret: string): Buffer {
  return Buffer.from(encodedKey(secret), 'base64');
}

function encodedKey(secret: string): string {
  return secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
}
