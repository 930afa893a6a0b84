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

const FORM = /^v0=([0-9a-f]{64})$/;

/** Slack's events, commands and interactions; only events have an id, in the body. */
export const slack = {
  name: 'slack',
  text: "Slack's: the headers X-Slack-Signature and X-Slack-Request-Timestamp.",
  secret: {},
  maxAgeSeconds: MAX_AGE_SECONDS,
  verify: ({ secrets, now }, { headers, rawBody }) => {
    const signed = headers['x-slack-signature'];
    if (!signed) return refused('the signature is missing (header x-slack-signature)');
    const time = headers['x-slack-request-timestamp'];
    if (!time) return refused('the time is missing (header x-slack-request-timestamp)');
    const seconds = readSeconds(time);
    if (seconds === undefined) {
      return refused('the time is not in whole seconds (header x-slack-request-timestamp)');
    }
    const signature = FORM.exec(signed)?.[1];
    if (signature === undefined) return refused('the signature is not of the form v0=<64 hex digits>');
    const isSigned = isSignedByAny(secrets, [signature], (secret) =>
      createHmac('sha256', secret).update(`v0:${time}:`).update(rawBody).digest('hex'),
    );
    if (!isSigned) return refused('the signature is wrong');
    const problem = ageProblem(seconds, now);
    if (problem !== undefined) return refused(problem);
    return { ok: true, deliveryId: readId(fieldOfBody(rawBody, 'event_id')) };
  },
  // Asked once when the address is entered in Slack, which wants its text back.
  handshake: (_headers, body) => {
    if (body === null || typeof body !== 'object') return undefined;
    const { type, challenge } = body as { type?: unknown; challenge?: unknown };
    return type === 'url_verification' && typeof challenge === 'string'
      ? { reason: 'Slack asks whether the address is ours (url_verification)', challenge }
      : undefined;
  },
} as const satisfies SignatureScheme;
