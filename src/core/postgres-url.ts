import { type ConnectionOptions, parse } from 'pg-connection-string';

/** Parameters that a URL may set: host, user, TLS, and settings of the server. */
const ASKED = [
  'host',
  'port',
  'user',
  'password',
  'database',
  'ssl',
  'sslnegotiation',
  'options',
] as const satisfies readonly (keyof ConnectionOptions)[];

/**
 * The options of `pg` from a PostgreSQL URL, without those of its client. If `pg` is given the URL itself, parameters
 * (`application_name`, `query_timeout`, `binary`) replace the program's own options.
 *
 * @throws If it is not a URL or a certificate file cannot be read; the message does not contain the URL.
 */
export function connectionOf(url: string): Record<string, unknown> {
  const asked = parse(url);
  return Object.fromEntries(
    ASKED.map((name) => [name, asked[name]]).filter(([, value]) => (value ?? '') !== ''),
  );
}
