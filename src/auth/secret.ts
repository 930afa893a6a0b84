import { createHash, randomBytes } from 'node:crypto';

/** 43 characters of base64url. */
const SECRET_BYTES = 32;
const SHAPE = /^errand_[A-Za-z0-9_-]{43}$/;
/** Above every valid length; longer headers are rejected without a regular expression. */
const MAX_LENGTH = 256;

/** A new secret: `errand_` and 43 characters. Shown once and never stored. */
export function newSecret(): string {
  return `errand_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/** True for what `newSecret` makes. */
export function isOwnSecret(text: string): boolean {
  return SHAPE.test(text);
}

/** The stored form of a secret: its SHA-256 in hex. The secret is long and random, so no slow hash is needed. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** The secret in `Bearer …`; undefined for anything else. */
export function secretOfBearer(bearer: string): string | undefined {
  if (bearer.length > MAX_LENGTH + 'Bearer '.length) return undefined;
  return BEARER.exec(bearer)?.[1];
}
