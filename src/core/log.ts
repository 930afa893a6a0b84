import { type DestinationStream, pino } from 'pino';

/** What every part logs through: structured, secrets redacted. */
export type Log = pino.Logger;

export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Never in a log, wherever an object may carry them. */
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

/** Errors of a database pool carry their whole client; what it was connected to and running does not belong into a log. */
function shownError(error: Error): Record<string, unknown> {
  const { client: _client, ...shown } = pino.stdSerializers.err(error) as unknown as Record<string, unknown>;
  return shown;
}

/** A JSON logger on standard error, so that standard output stays for people; or to the stream that is given. */
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
