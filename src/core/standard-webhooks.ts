import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
/** Standard Webhooks requires 24 to 64 bytes. */
const SECRET_BYTES = 32;

/** A new secret in the format of Standard Webhooks: `whsec_` and base64. */
export function newSigningSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** The value of `webhook-signature`: one signature per secret, so that a receiver with either secret accepts it. */
export function signaturesOf(
  secrets: readonly string[],
  message: { readonly id: string; readonly timestamp: number; readonly body: Buffer },
): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
      const hmac = createHmac('sha256', key)
        .update(`${message.id}.${message.timestamp}.`)
        .update(message.body);
      return `v1,${hmac.digest('base64')}`;
    })
    .join(' ');
}
