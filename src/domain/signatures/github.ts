import { createHmac, randomBytes } from 'node:crypto';
import { isSignedByAny, readId, refused } from './checks.ts';
import type { SignatureScheme } from './scheme.ts';

const FORM = /^sha256=([0-9a-f]{64})$/;

/** GitHub signs the body alone: no time, and the id stands beside the signature. */
export const github = {
  name: 'github',
  text: "GitHub's: the header X-Hub-Signature-256.",
  secret: { generate: () => randomBytes(32).toString('base64url') },
  maxAgeSeconds: null,
  verify: ({ secrets }, { headers, rawBody }) => {
    const signed = headers['x-hub-signature-256'];
    if (!signed) return refused('the signature is missing (header x-hub-signature-256)');
    const signature = FORM.exec(signed)?.[1];
    if (signature === undefined) return refused('the signature is not of the form sha256=<64 hex digits>');
    const isSigned = isSignedByAny(secrets, [signature], (secret) =>
      createHmac('sha256', secret).update(rawBody).digest('hex'),
    );
    if (!isSigned) return refused('the signature is wrong');
    return { ok: true, deliveryId: readId(headers['x-github-delivery']) };
  },
  handshake: (headers) =>
    headers['x-github-event'] === 'ping'
      ? { reason: 'GitHub tries the address of a new webhook (ping)' }
      : undefined,
} as const satisfies SignatureScheme;
