import type { WebhookTrigger } from '../../domain/trigger.ts';

const REDACTED = '[redacted]';

/** Names under which secrets and signatures are sent. Many people may read a stored delivery. */
const SECRET_NAME =
  /signature|hmac|secret|token|passw|passphrase|credential|cookie|session|jwt|bearer|api[-_]?key|access[-_]?key|^key$|^sig$|^code$|authoriz|(?:^|[-_])auth(?:$|[-_])/i;

/** Shorter values are not secrets; searching for them would redact ordinary text. */
const SHORTEST_SECRET = 8;

/**
 * A copy of headers or query parameters for storage. Values are redacted under names that look secret, under the
 * trigger's own header, and where they contain one of its secrets. The caller passes header names in lower case.
 */
export function redact(
  values: Readonly<Record<string, string>>,
  trigger: Pick<WebhookTrigger, 'verifyHeader' | 'secrets'>,
): Record<string, string> {
  const secrets = trigger.secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const isSecret =
        SECRET_NAME.test(name) ||
        name === (trigger.verifyHeader ?? undefined) ||
        secrets.some((secret) => value.includes(secret));
      return [keepable(name), isSecret ? REDACTED : keepable(value)];
    }),
  );
}

/** As the database's JSON accepts it: without NUL and lone surrogates. */
function keepable(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}
