import { verifyGithub } from '../../domain/signatures/github.ts';
import { verifyHeader } from '../../domain/signatures/header.ts';
import type { SignedRequest, Verified, Verify } from '../../domain/signatures/scheme.ts';
import { verifySlack } from '../../domain/signatures/slack.ts';
import { verifyStandard } from '../../domain/signatures/standard.ts';
import { verifyStripe } from '../../domain/signatures/stripe.ts';
import type { VerifyScheme, WebhookTrigger } from '../../domain/trigger.ts';

const SCHEMES: Readonly<Record<VerifyScheme, Verify>> = {
  standard: verifyStandard,
  github: verifyGithub,
  stripe: verifyStripe,
  slack: verifySlack,
  header: verifyHeader,
  none: () => ({ ok: true, deliveryId: null }),
};

/** Whether a request comes from whom the trigger expects, by its scheme and any of its secrets. */
export function verifyRequest(
  trigger: Pick<WebhookTrigger, 'verify' | 'verifyHeader' | 'secrets'>,
  request: SignedRequest,
  now: Date,
): Verified {
  const { verify, verifyHeader: header } = trigger;
  // An empty one would be the key of whoever guesses that it is empty.
  const secrets = trigger.secrets.filter((secret) => secret !== '');
  if (verify !== 'none' && secrets.length === 0) {
    return { ok: false, reason: 'the trigger has no secret to verify with' };
  }
  return SCHEMES[verify]({ secrets, verifyHeader: header, now }, request);
}
