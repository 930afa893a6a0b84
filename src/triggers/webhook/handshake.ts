import { slackChallenge } from '../../domain/signatures/slack.ts';
import type { WebhookTrigger } from '../../domain/trigger.ts';

/** Why a delivery is no event but a sender that tries whether the address is there; undefined for an event. */
export function greetingOf(
  { verify }: Pick<WebhookTrigger, 'verify'>,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): string | undefined {
  if (verify === 'slack' && slackChallenge(body) !== undefined) {
    return 'Slack asks whether the address is ours (url_verification)';
  }
  if (verify === 'github' && headers['x-github-event'] === 'ping') {
    return 'GitHub greets a new webhook (ping)';
  }
  return undefined;
}
