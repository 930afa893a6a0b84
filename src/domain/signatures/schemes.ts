import { github } from './github.ts';
import { header } from './header.ts';
import { none } from './none.ts';
import type { SignatureScheme } from './scheme.ts';
import { slack } from './slack.ts';
import { standard } from './standard.ts';
import { stripe } from './stripe.ts';

/** Every scheme there is, in the order in which the APIs list them. One more is a file and its name here. */
const SCHEMES = [standard, github, stripe, slack, header, none] as const;

export type VerifyScheme = (typeof SCHEMES)[number]['name'];

export const SIGNATURE_SCHEMES: readonly SignatureScheme<VerifyScheme>[] = SCHEMES;

const BY_NAME = Object.fromEntries(SCHEMES.map((scheme) => [scheme.name, scheme])) as Record<
  VerifyScheme,
  SignatureScheme<VerifyScheme>
>;

/** Never empty, as an enum of the APIs must not be. */
export const VERIFY_SCHEMES = SCHEMES.map(({ name }) => name) as [VerifyScheme, ...VerifyScheme[]];

export function schemeOf(name: VerifyScheme): SignatureScheme<VerifyScheme> {
  return BY_NAME[name];
}

/** What each value means, for the enum of an API. */
export const SCHEME_TEXTS = Object.fromEntries(SCHEMES.map(({ name, text }) => [name, text])) as Record<
  VerifyScheme,
  string
>;
