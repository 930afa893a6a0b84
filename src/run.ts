import { createApp } from './app.ts';
import { banner } from './banner.ts';
import type { Config } from './config.ts';
import { createLog } from './core/log.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Beyond the grace, releasing everything may take this long; then the process ends as it is. */
const RELEASE_LIMIT_MS = 900;

/**
 * Runs until SIGINT or SIGTERM: then nothing new is taken, runs under way may end for the grace, the rest is given
 * back. A second signal ends the process at once. Throws `StartError` when it cannot start.
 */
export async function runUntilStopped(
  config: Config,
  roles: { serve: boolean; work: boolean },
): Promise<void> {
  const log = createLog(config.logLevel);
  const out = (line: string): void => void process.stdout.write(`${line}\n`);
  const signalled = firstSignal();
  const app = await createApp(config, { ...roles, log, out, isTerminal: process.stdout.isTTY === true });
  for (const line of banner(app, config)) out(line);
  const signal = await signalled;
  log.info({ signal, graceMs: config.shutdownGraceMs }, 'stopping');
  for (const another of SIGNALS) process.once(another, () => process.exit(1));
  const limit = setTimeout(() => {
    log.warn('stopping took too long; what is left is taken up by others when its leases run out');
    process.exit(1);
  }, config.shutdownGraceMs + RELEASE_LIMIT_MS);
  await app
    .stop(config.shutdownGraceMs)
    .catch((err: unknown) => log.error({ err }, 'not everything was released cleanly'));
  clearTimeout(limit);
  // Agenda leaves a timer behind that would keep the process for seconds.
  process.exit(0);
}

function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, resolve);
  });
}
