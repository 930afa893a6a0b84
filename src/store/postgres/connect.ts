import pg from 'pg';
import { sleep } from '../../core/clock.ts';
import { messageOf, StartError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { connectionOf } from '../../core/postgres-url.ts';

/** A database that starts at the same time (compose, systemd) usually accepts connections after a few seconds. */
const CONNECT_TIMEOUT_MS = 10_000;
const RETRY_MS = 500;
/** Errors that a retry does not solve: wrong password or user, no such database. */
const PERMANENT_ERRORS: Readonly<Record<string, string>> = {
  '28P01': 'refuses the user or password in DATABASE_URL; correct them',
  '28000': 'refuses the user in DATABASE_URL; correct it, or allow it in pg_hba.conf',
  '3D000': 'does not have the database in DATABASE_URL; create it, or correct the name',
};

/**
 * Returns once the database at `url` accepts a connection; retries for some seconds and logs it. Throws `StartError`
 * with host and port, but without the password.
 */
export async function connectWithRetry(
  url: string,
  log: Log,
  timeoutMs: number = CONNECT_TIMEOUT_MS,
): Promise<void> {
  const where = hostAndPort(url);
  const end = performance.now() + timeoutMs;
  for (let isLogged = false; ; isLogged = true) {
    const error = await tryToConnect(url, Math.max(1_000, end - performance.now()));
    if (error === undefined) return;
    const reason = reasonOf(error);
    const permanent = PERMANENT_ERRORS[(error as { code?: string }).code ?? ''];
    if (permanent) throw new StartError(`PostgreSQL at ${where} ${permanent} (${reason}).`);
    if (performance.now() + RETRY_MS > end) {
      throw new StartError(
        `PostgreSQL at ${where} does not answer (${reason}). Start it, correct DATABASE_URL, ` +
          'or unset DATABASE_URL to use the embedded PostgreSQL.',
      );
    }
    if (!isLogged) log.warn({ where, reason }, 'PostgreSQL does not answer yet; retrying for some seconds');
    await sleep(RETRY_MS);
  }
}

/** `host:port` of a connection string. Throws `StartError` for an invalid one, without repeating it. */
function hostAndPort(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    parsed = new URL('invalid:');
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new StartError(
      'DATABASE_URL is not a PostgreSQL URL. Use the form postgresql://user:password@host:5432/database.',
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
  client.on('error', () => undefined); // connect rejects with the same error
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return error ?? new Error('unknown reason');
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The message of an `AggregateError`, from a host name with several addresses, is empty. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(messageOf))].join(', ');
  return messageOf(error);
}
