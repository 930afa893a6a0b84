import { createHmac } from 'node:crypto';
import { ageProblem, isSignedByAny, readId, readSeconds, refused, type Verify } from './scheme.ts';

const PREFIX = 'whsec_';

/**
 * Standard Webhooks. By hand rather than by the package `standardwebhooks`, which takes `123abc` for a time, signs the
 * body as text (bytes that are no UTF-8 become others), reads the process's clock and parses the body. Senders that
 * still use the names of Svix are understood.
 */
export const verifyStandard: Verify = ({ secrets, now }, { headers, rawBody }) => {
  const header = (name: string): string | undefined => headers[`webhook-${name}`] ?? headers[`svix-${name}`];
  const [id, time, signature] = [header('id'), header('timestamp'), header('signature')];
  if (!signature) return refused('the signature is missing (header webhook-signature)');
  if (!id) return refused('the id is missing (header webhook-id)');
  if (!time) return refused('the time is missing (header webhook-timestamp)');
  const deliveryId = readId(id);
  if (deliveryId === null) return refused('the id is longer than 255 characters, or not printable ASCII');
  const seconds = readSeconds(time);
  if (seconds === undefined) return refused('the time is not in whole seconds (header webhook-timestamp)');
  const signatures = signatures1(signature);
  if (signatures.length === 0) return refused('the signature is not of the form v1,<base64>');
  const isSigned = isSignedByAny(secrets, signatures, (secret) =>
    createHmac('sha256', keyOf(secret)).update(`${id}.${time}.`).update(rawBody).digest('base64'),
  );
  if (!isSigned) return refused('the signature is wrong');
  const problem = ageProblem(seconds, now);
  return problem === undefined ? { ok: true, deliveryId } : refused(problem);
};

/** Several stand side by side while a sender changes its secret; those of other versions are not looked at. */
function signatures1(header: string): string[] {
  return header
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => part.slice('v1,'.length));
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
}
