import type { WebhookTrigger } from '../../domain/trigger.ts';

const REDACTED = '[redacted]';

/** Names under which secrets and signatures are sent: what is kept of a delivery is read by many. */
const SECRET_NAME =
  /signature|hmac|secret|token|passw|passphrase|credential|cookie|session|jwt|bearer|api[-_]?key|access[-_]?key|^key$|^sig$|^code$|authoriz|(?:^|[-_])auth(?:$|[-_])/i;

/** Shorter ones are no secrets; looking for them would make holes everywhere. */
const SHORTEST_SECRET = 8;

/**
 * A copy of headers or query parameters that may be kept: values under names that look secret, under the trigger's own
 * header, or with one of its secrets in them are gone. Names are lower-cased for headers by who made them.
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

/** As the database's JSON takes it: without NUL and half surrogates. */
function keepable(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}
