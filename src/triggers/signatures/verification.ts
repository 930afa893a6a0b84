import { header } from '../../domain/signatures/header.ts';
import type { VerifyScheme } from '../../domain/signatures/schemes.ts';
import { schemeOf } from '../../domain/signatures/schemes.ts';
import type { WebhookTrigger } from '../../domain/trigger.ts';

/** How the sender of a webhook is verified: the scheme, its header and its secrets. */
export type Verification = Pick<WebhookTrigger, 'verify' | 'verifyHeader' | 'secrets'>;

/** The same in an input: no header means the scheme's default. */
export interface WantedVerification {
  readonly verify: VerifyScheme;
  readonly verifyHeader: string | null;
  readonly secrets: readonly string[];
}

export interface VerificationProblem {
  readonly field: 'verifyHeader' | 'secrets';
  /** The index of the secret; undefined means all of them. */
  readonly index?: number;
  readonly message: string;
}

export const DEFAULT_VERIFY_HEADER = header.defaultHeader;
const MAX_LIVE_SECRETS = 2;
export const MIN_SECRET_CHARACTERS = 16;
export const MAX_SECRET_CHARACTERS = 256;
export const MAX_HEADER_CHARACTERS = 100;

const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** Headers with a meaning in HTTP; unlike `authorization`, none of them carries a secret. */
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
/** HTTP removes spaces at the ends of a header, so a secret cannot have them. */
export const SECRET = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Every problem; never with the text of a secret. */
export function verificationProblems(wanted: WantedVerification): readonly VerificationProblem[] {
  return [...headerProblems(wanted), ...secretsProblems(wanted)];
}

/** The form in which it is stored; only for one without problems. */
export function verificationOf({ verify, verifyHeader, secrets }: WantedVerification): Verification {
  const { defaultHeader } = schemeOf(verify);
  const stored = defaultHeader === undefined ? null : (verifyHeader ?? defaultHeader).toLowerCase();
  return { verify, verifyHeader: stored, secrets };
}

/** A new secret; undefined if the sender generates it or the scheme has none. */
export function newSecretFor(verify: VerifyScheme): string | undefined {
  return schemeOf(verify).secret?.generate?.();
}

function headerProblems({ verify, verifyHeader }: WantedVerification): VerificationProblem[] {
  if (verifyHeader === null) return [];
  const problem = (message: string): VerificationProblem[] => [{ field: 'verifyHeader', message }];
  const { defaultHeader } = schemeOf(verify);
  if (defaultHeader === undefined) return problem(`is only for verify header; ${verify} uses a fixed header`);
  const name = verifyHeader.toLowerCase();
  if (name.length > MAX_HEADER_CHARACTERS || !HEADER_NAME.test(name)) {
    return problem(`must be a valid header name, such as ${defaultHeader}`);
  }
  return HEADERS_WITH_A_MEANING.has(name)
    ? problem(`must not be ${name}, which has a meaning in HTTP; use another, such as ${defaultHeader}`)
    : [];
}

function secretsProblems({ verify, verifyHeader, secrets }: WantedVerification): VerificationProblem[] {
  const all = (message: string): VerificationProblem[] => [{ field: 'secrets', message }];
  const { secret: rule } = schemeOf(verify);
  if (rule === null) {
    return secrets.length > 0 ? all(`is not used by verify ${verify}; leave it out`) : [];
  }
  if (secrets.length === 0) {
    return all(`is missing${rule.generate ? '' : `: copy it from ${verify}, which generates it`}`);
  }
  if (secrets.length > MAX_LIVE_SECRETS) {
    return all(`must be at most ${MAX_LIVE_SECRETS} secrets: the new and the previous one`);
  }
  if (new Set(secrets).size < secrets.length) return all('must not contain the same secret twice');
  return secrets.flatMap((secret, index) => {
    const message = formProblem(secret) ?? rule.problem?.(secret) ?? bearerProblem(verifyHeader, secret);
    return message === undefined ? [] : [{ field: 'secrets' as const, index, message }];
  });
}

function formProblem(secret: string): string | undefined {
  if (secret.length < MIN_SECRET_CHARACTERS) return `must have at least ${MIN_SECRET_CHARACTERS} characters`;
  if (secret.length > MAX_SECRET_CHARACTERS) return `must have at most ${MAX_SECRET_CHARACTERS} characters`;
  if (!SECRET.test(secret)) return 'must be printable ASCII without spaces at its ends';
  return undefined;
}

/** A leading `Bearer` belongs to the header, not to the secret. */
function bearerProblem(verifyHeader: string | null, secret: string): string | undefined {
  if (verifyHeader?.toLowerCase() !== 'authorization' || !/^bearer /i.test(secret)) return undefined;
  return 'must not include the word "Bearer"; set only the text after it';
}
