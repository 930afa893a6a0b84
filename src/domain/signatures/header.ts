import { randomBytes } from 'node:crypto';
import { isSame, refused } from './checks.ts';
import type { SignatureScheme } from './scheme.ts';

const DEFAULT_HEADER = 'x-webhook-secret';

/** A shared secret in a header, for senders that cannot sign. In `authorization` it may stand behind `Bearer`. */
export const header = {
  name: 'header',
  text: 'The secret itself in the header `verifyHeader`. Use it only over TLS.',
  secret: { generate: () => randomBytes(32).toString('base64url') },
  defaultHeader: DEFAULT_HEADER,
  maxAgeSeconds: null,
  verify: ({ secrets, verifyHeader: named }, { headers }) => {
    const name = named ?? DEFAULT_HEADER;
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (!value) return refused(`the secret is missing (header ${name})`);
    const given = name === 'authorization' ? value.replace(/^Bearer +/i, '') : value;
    let isRight = false;
    for (const secret of secrets) isRight = isSame(given, secret) || isSame(value, secret) || isRight;
    return isRight ? { ok: true, deliveryId: null } : refused(`the secret is wrong (header ${name})`);
  },
} as const satisfies SignatureScheme;
