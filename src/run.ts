import { createApp } from './app.ts';
import { banner } from './banner.ts';
import type { Config } from './config.ts';
import { createLog } from './core/log.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Time limit for releasing everything, in addition to the grace period; after it the process exits. */
const RELEASE_LIMIT_MS = 900;

/**
 * Runs until SIGINT or SIGTERM. Then it claims nothing more, waits for current runs during the grace period, and gives
 * back the others. A second signal ends the process at once. Throws `StartError` if it cannot start.
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
    log.warn('stopping took too long; other workers continue the remaining runs after their leases expire');
    process.exit(1);
  }, config.shutdownGraceMs + RELEASE_LIMIT_MS);
  await app
    .stop(config.shutdownGraceMs)
    .catch((err: unknown) => log.error({ err }, 'some resources were not released'));
  clearTimeout(limit);
  // Agenda leaves a timer active, which would keep the process alive for seconds.
  process.exit(0);
}

function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, resolve);
  });
}
