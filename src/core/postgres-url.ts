import { type ConnectionOptions, parse } from 'pg-connection-string';

/** What a URL may ask of a connection: where it leads, as whom, how it is secured, and settings of the server's own. */
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
 * What `pg` takes from a PostgreSQL URL, without what concerns its client: given the URL itself, `pg` lets its
 * parameters (`application_name`, `query_timeout`, `binary`) replace what the program sets beside it.
 *
 * @throws When it is not a URL, or names a certificate's file that cannot be read; without the URL's text.
 */
export function connectionOf(url: string): Record<string, unknown> {
  const asked = parse(url);
  return Object.fromEntries(
    ASKED.map((name) => [name, asked[name]]).filter(([, value]) => (value ?? '') !== ''),
  );
}
