import { createHash, randomBytes } from 'node:crypto';

/** Bytes that nobody guesses; 43 characters of base64url. */
const SECRET_BYTES = 32;
const SHAPE = /^errand_[A-Za-z0-9_-]{43}$/;
/** Nothing longer was ever given out or may be configured. */
const MAX_LENGTH = 256;

/** A new secret: `errand_` and 43 characters. Shown once and never kept. */
export function newSecret(): string {
  return `errand_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/** True for what `newSecret` makes. */
export function isOwnSecret(text: string): boolean {
  return SHAPE.test(text);
}

/** What is kept of a secret: its sha256 in hex. It is long and random, so that no slow hash is needed. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** The secret in `Bearer …`; undefined for anything else. */
export function secretOfBearer(bearer: string): string | undefined {
  if (bearer.length > MAX_LENGTH + 'Bearer '.length) return undefined;
  return BEARER.exec(bearer)?.[1];
}
