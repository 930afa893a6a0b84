import pg from 'pg';
import { sleep } from '../../core/clock.ts';
import { messageOf, StartError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { connectionOf } from '../../core/postgres-url.ts';

/** A database started beside us (compose, systemd) is usually there in a few seconds. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 500;
/** What waiting does not mend: wrong password or user, no such database. */
const HOPELESS: Readonly<Record<string, string>> = {
  '28P01': 'refuses the user or password in DATABASE_URL: correct them',
  '28000': 'refuses the user in DATABASE_URL: correct it, or allow it in pg_hba.conf',
  '3D000': 'has no such database: create it, or correct the name in DATABASE_URL',
};

/**
 * Returns when the database at `url` answers; tries for some seconds, with a line of log. Throws `StartError` that
 * names host and port, never the password.
 */
export async function connectWithPatience(
  url: string,
  log: Log,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  const where = whereabouts(url);
  const end = performance.now() + patienceMs;
  for (let said = false; ; said = true) {
    const error = await tryToConnect(url, Math.max(1_000, end - performance.now()));
    if (error === undefined) return;
    const reason = reasonOf(error);
    const verdict = HOPELESS[(error as { code?: string }).code ?? ''];
    if (verdict) throw new StartError(`PostgreSQL at ${where} ${verdict} (${reason}).`);
    if (performance.now() + RETRY_MS > end) {
      throw new StartError(
        `PostgreSQL at ${where} does not answer (${reason}). Start it, correct DATABASE_URL, ` +
          'or leave DATABASE_URL out to use the embedded one.',
      );
    }
    if (!said) log.warn({ where, reason }, 'PostgreSQL does not answer yet; trying for some seconds');
    await sleep(RETRY_MS);
  }
}

/** `host:port` of a connection string. Throws `StartError` for one that is none, without repeating it. */
export function whereabouts(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    parsed = new URL('invalid:');
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new StartError(
      'DATABASE_URL is not a PostgreSQL URL. Write it as postgresql://user:password@host:5432/database.',
    );
  }
  return `${parsed.hostname || parsed.searchParams.get('host') || 'localhost'}:${parsed.port || 5432}`;
}

async function tryToConnect(url: string, timeoutMs: number): Promise<unknown> {
  const client = new pg.Client({
    ...connectionOf(url),
    application_name: 'errand start',
    connectionTimeoutMillis: Math.ceil(Math.min(timeoutMs, 5_000)),
  });
  client.on('error', () => undefined); // whatever happens to it, connect says so
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return error ?? new Error('unknown reason');
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A host name with several addresses gives an AggregateError whose own message is empty. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(messageOf))].join(', ');
  return messageOf(error);
}
