import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Releasers } from '../../src/core/releasers.ts';

const ANSWER_TIMEOUT_MS = 60_000;

/** The environment of an application server on a free port. */
export function serverEnvironment(databaseUrl: string, adminKey: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    DATABASE_URL: databaseUrl,
    ERRAND_ADMIN_KEY: adminKey,
    ERRAND_LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
  };
}

/** A process of this folder that sends one message back for each message. */
export interface Child {
  /** Its first message. */
  readonly first: unknown;
  ask<Answer>(message: unknown): Promise<Answer>;
}

export async function startChild(
  file: string,
  environment: Readonly<Record<string, string>>,
  releasers: Releasers,
): Promise<Child> {
  const process_ = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ['--import', 'tsx', '--expose-gc'],
    env: environment,
  });
  const ended = once(process_, 'exit');
  releasers.push(file, async () => {
    if (process_.connected) process_.disconnect();
    const timer = setTimeout(() => process_.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(timer);
  });
  const next = async (): Promise<unknown> => {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), ANSWER_TIMEOUT_MS);
    const gone = ended.then(() => {
      throw new Error(`${file} ended before it answered`);
    });
    gone.catch(() => undefined);
    try {
      const answer = once(process_, 'message', { signal: timeout.signal });
      return ((await Promise.race([answer, gone])) as [unknown])[0];
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    first: file.includes('server') ? await next() : undefined,
    ask: async <Answer>(message: unknown) => {
      const answer = next();
      process_.send(message as object);
      return (await answer) as Answer;
    },
  };
}
