import { createHmac } from 'node:crypto';
import {
  ageProblem,
  fieldOfBody,
  isSignedByAny,
  MAX_AGE_SECONDS,
  readId,
  readSeconds,
  refused,
} from './checks.ts';
import type { SignatureScheme } from './scheme.ts';

/** Stripe: `t=<seconds>,v1=<hex>`, several `v1` while a secret is rolled; the id is the event's, in the body. */
export const stripe = {
  name: 'stripe',
  text: "Stripe's: the header Stripe-Signature.",
  secret: {},
  maxAgeSeconds: MAX_AGE_SECONDS,
  verify: ({ secrets, now }, { headers, rawBody }) => {
    const signed = headers['stripe-signature'];
    if (!signed) return refused('the signature is missing (header stripe-signature)');
    const parts = signed.split(',').map((part) => part.trim());
    const valuesOf = (name: string): string[] =>
      parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1));
    const [times, signatures] = [valuesOf('t'), valuesOf('v1')];
    const time = times[0];
    if (time === undefined || times.length > 1) return refused('the signature has no time, or several (t=)');
    const seconds = readSeconds(time);
    if (seconds === undefined) return refused("the signature's time is not in whole seconds (t=)");
    if (signatures.length === 0) return refused('the signature has no part v1=');
    const isSigned = isSignedByAny(secrets, signatures, (secret) =>
      createHmac('sha256', secret).update(`${time}.`).update(rawBody).digest('hex'),
    );
    if (!isSigned) return refused('the signature is wrong');
    const problem = ageProblem(seconds, now);
    if (problem !== undefined) return refused(problem);
    return { ok: true, deliveryId: readId(fieldOfBody(rawBody, 'id')) };
  },
} as const satisfies SignatureScheme;
