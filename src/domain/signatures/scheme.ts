import { createHash, timingSafeEqual } from 'node:crypto';
import type { WebhookTrigger } from '../trigger.ts';

/** A request as it came: whoever proves where it comes from signed these very bytes. */
export interface SignedRequest {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
}

/** What a scheme compares with. */
export interface Expected extends Pick<WebhookTrigger, 'secrets' | 'verifyHeader'> {
  /** The present, on the database's clock. */
  readonly now: Date;
}

export type Verified =
  /** `deliveryId` is what the sender tells repetitions by; null where it gives none. */
  | { readonly ok: true; readonly deliveryId: string | null }
  /** In words that may be shown to a stranger: never with a secret or the signature that was expected. */
  | { readonly ok: false; readonly reason: string };

/** A scheme: pure, on the raw body, true for any of the secrets. */
export type Verify = (expected: Expected, request: SignedRequest) => Verified;

export const MAX_AGE_SECONDS = 5 * 60;
const MAX_ID_CHARACTERS = 255;

export function refused(reason: string): Verified {
  return { ok: false, reason };
}

/** Whether two texts are the same, in a time that tells nothing of where they differ or how long they are. */
export function isSame(a: string | Buffer, b: string | Buffer): boolean {
  const digest = (value: string | Buffer): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** While secrets are changed there are two or three; thousands would only cost us time. */
export const MOST_SIGNATURES = 10;

/** True when any of the signatures is the one that any of the secrets gives; all are looked at, and none of too many. */
export function isSignedByAny(
  secrets: readonly string[],
  signatures: readonly string[],
  sign: (secret: string) => string,
): boolean {
  let isSigned = false;
  if (signatures.length > MOST_SIGNATURES) return false;
  for (const secret of secrets) {
    const right = sign(secret);
    for (const signature of signatures) isSigned = isSame(signature, right) || isSigned;
  }
  return isSigned;
}

/** Seconds since 1970 in plain digits; undefined for anything else, such as `123abc`, which `parseInt` takes. */
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

/** An id that can be kept and compared; null for what is none. */
export function readId(value: unknown): string | null {
  const isId = typeof value === 'string' && value.length <= MAX_ID_CHARACTERS && /^[\x21-\x7e]+$/.test(value);
  return isId ? value : null;
}

/** A field of a body that is JSON, without trusting it to be; undefined when there is none. */
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
