import { type DestinationStream, pino } from 'pino';

/** The logger of all parts: structured, with secrets redacted. */
export type Log = pino.Logger;

export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Redacted in every logged object. */
const SECRETS = [
  'authorization',
  '*.authorization',
  'headers.authorization',
  'secret',
  '*.secret',
  'secrets',
  '*.secrets',
  'apiKey',
  '*.apiKey',
  'adminKey',
  '*.adminKey',
  'openaiApiKey',
  '*.openaiApiKey',
  'password',
  '*.password',
  'databaseUrl',
  '*.databaseUrl',
  'mongodbUrl',
  '*.mongodbUrl',
];

/** Errors of a database pool contain their whole client, whose connection and queries must not be logged. */
function shownError(error: Error): Record<string, unknown> {
  const { client: _client, ...shown } = pino.stdSerializers.err(error) as unknown as Record<string, unknown>;
  return shown;
}

/** A JSON logger on standard error, since standard output is for people; or on the given stream. */
export function createLog(
  level: LogLevel,
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Log {
  return pino(
    {
      level,
      base: null,
      redact: { paths: SECRETS, censor: '[redacted]' },
      serializers: { err: shownError },
    },
    destination,
  );
}
