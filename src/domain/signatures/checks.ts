import { createHash, timingSafeEqual } from 'node:crypto';
import type { Verified } from './scheme.ts';

export const MAX_AGE_SECONDS = 5 * 60;
const MAX_ID_CHARACTERS = 255;

export function refused(reason: string): Verified {
  return { ok: false, reason };
}

/** Whether two texts are the same, in a time that shows neither where they differ nor how long they are. */
export function isSame(a: string | Buffer, b: string | Buffer): boolean {
  const digest = (value: string | Buffer): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** While secrets are changed there are two or three; thousands would only cost us time. */
const MAX_SIGNATURES = 10;

/** True when any of the signatures is the one that any of the secrets gives; all are compared, and none of too many. */
export function isSignedByAny(
  secrets: readonly string[],
  signatures: readonly string[],
  sign: (secret: string) => string,
): boolean {
  let isSigned = false;
  if (signatures.length > MAX_SIGNATURES) return false;
  for (const secret of secrets) {
    const right = sign(secret);
    for (const signature of signatures) isSigned = isSame(signature, right) || isSigned;
  }
  return isSigned;
}

/** Seconds since 1970 in plain digits; undefined for anything else, such as `123abc`, which `parseInt` accepts. */
export function readSeconds(text: string): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

/** Why a moment is not now; undefined when it is near enough. */
export function ageProblem(seconds: number, now: Date): string | undefined {
  const age = Math.floor(now.getTime() / 1000) - seconds;
  if (age > MAX_AGE_SECONDS)
    return `the signature is ${age} s old, and at most ${MAX_AGE_SECONDS} s are allowed`;
  if (age < -MAX_AGE_SECONDS) return `the signature's time lies ${-age} s in the future`;
  return undefined;
}

/** An id that can be stored and compared; null for anything else. */
export function readId(value: unknown): string | null {
  const isId = typeof value === 'string' && value.length <= MAX_ID_CHARACTERS && /^[\x21-\x7e]+$/.test(value);
  return isId ? value : null;
}

/** A field of a body that should be JSON; undefined when it is not, or has no such field. */
export function fieldOfBody(rawBody: Buffer, field: string): unknown {
  try {
    const body: unknown = JSON.parse(rawBody.toString('utf8'));
    return body !== null && typeof body === 'object' && Object.hasOwn(body, field)
      ? (body as Record<string, unknown>)[field]
      : undefined;
  } catch {
    return undefined;
  }
}
