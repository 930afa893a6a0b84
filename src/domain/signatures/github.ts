import { createHmac } from 'node:crypto';
import { isSignedByAny, readId, refused, type Verify } from './scheme.ts';

const FORM = /^sha256=([0-9a-f]{64})$/;

/** GitHub signs the body alone: no time, and the id stands beside the signature. */
export const verifyGithub: Verify = ({ secrets }, { headers, rawBody }) => {
  const header = headers['x-hub-signature-256'];
  if (!header) return refused('the signature is missing (header x-hub-signature-256)');
  const signature = FORM.exec(header)?.[1];
  if (signature === undefined) return refused('the signature is not of the form sha256=<64 hex digits>');
  const isSigned = isSignedByAny(secrets, [signature], (secret) =>
    createHmac('sha256', secret).update(rawBody).digest('hex'),
  );
  if (!isSigned) return refused('the signature is wrong');
  return { ok: true, deliveryId: readId(headers['x-github-delivery']) };
};
