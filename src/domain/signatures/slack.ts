import { createHmac } from 'node:crypto';
import {
  ageProblem,
  fieldOfBody,
  isSignedByAny,
  readId,
  readSeconds,
  refused,
  type Verify,
} from './scheme.ts';

const FORM = /^v0=([0-9a-f]{64})$/;

/** Slack's events, commands and interactions; only events have an id, in the body. */
export const verifySlack: Verify = ({ secrets, now }, { headers, rawBody }) => {
  const header = headers['x-slack-signature'];
  if (!header) return refused('the signature is missing (header x-slack-signature)');
  const time = headers['x-slack-request-timestamp'];
  if (!time) return refused('the time is missing (header x-slack-request-timestamp)');
  const seconds = readSeconds(time);
  if (seconds === undefined) {
    return refused('the time is not in whole seconds (header x-slack-request-timestamp)');
  }
  const signature = FORM.exec(header)?.[1];
  if (signature === undefined) return refused('the signature is not of the form v0=<64 hex digits>');
  const isSigned = isSignedByAny(secrets, [signature], (secret) =>
    createHmac('sha256', secret).update(`v0:${time}:`).update(rawBody).digest('hex'),
  );
  if (!isSigned) return refused('the signature is wrong');
  const problem = ageProblem(seconds, now);
  if (problem !== undefined) return refused(problem);
  return { ok: true, deliveryId: readId(fieldOfBody(rawBody, 'event_id')) };
};

/** The text that Slack wants back when it is told of an address; undefined for everything else. */
export function slackChallenge(body: unknown): string | undefined {
  if (body === null || typeof body !== 'object') return undefined;
  const { type, challenge } = body as { type?: unknown; challenge?: unknown };
  return type === 'url_verification' && typeof challenge === 'string' ? challenge : undefined;
}
