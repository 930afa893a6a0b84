import { randomBytes } from 'node:crypto';
import { newSigningSecret } from '../../core/standard-webhooks.ts';
import type { VerifyScheme, WebhookTrigger } from '../../domain/trigger.ts';

/** How a webhook proves where it comes from: the scheme with what it reads and compares with. */
export type Verification = Pick<WebhookTrigger, 'verify' | 'verifyHeader' | 'secrets'>;

/** The same as somebody says it: no header means the usual one. */
export interface WantedVerification {
  readonly verify: VerifyScheme;
  readonly verifyHeader: string | null;
  readonly secrets: readonly string[];
}

export interface VerificationProblem {
  readonly field: 'verifyHeader' | 'secrets';
  /** Which of the secrets; undefined: all of them. */
  readonly index?: number;
  readonly message: string;
}

export const DEFAULT_VERIFY_HEADER = 'x-webhook-secret';
export const MAX_LIVE_SECRETS = 2;
const MIN_SECRET_CHARACTERS = 16;
const MAX_SECRET_CHARACTERS = 256;
const MAX_HEADER_CHARACTERS = 100;
const STANDARD_PREFIX = 'whsec_';

const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** Each has a meaning of its own on the way; what stands in it is no secret. `authorization` is one to carry them. */
const HEADERS_WITH_A_MEANING = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'date',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'origin',
  'proxy-authorization',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);
/** HTTP takes blanks off the ends of a header, so a secret cannot have them. */
const SECRET = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Everything that is wrong with it; never with what is in a secret. */
export function verificationProblems(wanted: WantedVerification): readonly VerificationProblem[] {
  return [...headerProblems(wanted), ...secretsProblems(wanted)];
}

/** The form it is kept in, of one that has no problems. */
export function verificationOf({ verify, verifyHeader, secrets }: WantedVerification): Verification {
  const header = verify === 'header' ? (verifyHeader ?? DEFAULT_VERIFY_HEADER).toLowerCase() : null;
  return { verify, verifyHeader: header, secrets };
}

/** A secret for schemes where it is ours to make; undefined where the sender gives one, or there is none. */
export function newSecretFor(verify: VerifyScheme): string | undefined {
  if (verify === 'standard') return newSigningSecret();
  if (verify === 'github' || verify === 'header') return randomBytes(32).toString('base64url');
  return undefined;
}

function headerProblems({ verify, verifyHeader }: WantedVerification): VerificationProblem[] {
  if (verifyHeader === null) return [];
  const problem = (message: string): VerificationProblem[] => [{ field: 'verifyHeader', message }];
  if (verify !== 'header') return problem(`is only for the scheme header; ${verify} has its own`);
  const name = verifyHeader.toLowerCase();
  if (name.length > MAX_HEADER_CHARACTERS || !HEADER_NAME.test(name)) {
    return problem(`must be the name of a header, such as ${DEFAULT_VERIFY_HEADER}`);
  }
  return HEADERS_WITH_A_MEANING.has(name)
    ? problem(`${name} has a meaning of its own; name another, such as ${DEFAULT_VERIFY_HEADER}`)
    : [];
}

function secretsProblems({ verify, verifyHeader, secrets }: WantedVerification): VerificationProblem[] {
  const all = (message: string): VerificationProblem[] => [{ field: 'secrets', message }];
  if (verify === 'none') {
    return secrets.length > 0 ? all('is not looked at by verify none; leave it out') : [];
  }
  if (secrets.length === 0) {
    const whose =
      verify === 'stripe' || verify === 'slack' ? `: ${verify} shows the one that it signs with` : '';
    return all(`is missing${whose}`);
  }
  if (secrets.length > MAX_LIVE_SECRETS) {
    return all(`at most ${MAX_LIVE_SECRETS} secrets are taken at a time: the new one and the one before`);
  }
  if (new Set(secrets).size < secrets.length) return all('names the same secret twice');
  return secrets.flatMap((secret, index) => {
    const message = secretProblem(verify, secret) ?? bearerProblem(verifyHeader, secret);
    return message === undefined ? [] : [{ field: 'secrets' as const, index, message }];
  });
}

function secretProblem(verify: VerifyScheme, secret: string): string | undefined {
  if (secret.length < MIN_SECRET_CHARACTERS) return `must have at least ${MIN_SECRET_CHARACTERS} characters`;
  if (secret.length > MAX_SECRET_CHARACTERS) return `must have at most ${MAX_SECRET_CHARACTERS} characters`;
  if (!SECRET.test(secret)) return 'must be printable ASCII without blanks at its ends';
  if (verify !== 'standard') return undefined;
  const encoded = secret.startsWith(STANDARD_PREFIX) ? secret.slice(STANDARD_PREFIX.length) : secret;
  const isKey = BASE64.test(encoded) && Buffer.from(encoded, 'base64').length >= MIN_SECRET_CHARACTERS;
  return isKey
    ? undefined
    : `must be ${STANDARD_PREFIX} and at least ${MIN_SECRET_CHARACTERS} bytes in base64, as Standard Webhooks has it`;
}

/** `Bearer` in front of it is how the header is read, no part of the secret. */
function bearerProblem(verifyHeader: string | null, secret: string): string | undefined {
  if (verifyHeader?.toLowerCase() !== 'authorization' || !/^bearer /i.test(secret)) return undefined;
  return 'is what stands behind "Bearer"; leave that word out';
}
