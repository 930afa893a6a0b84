import type pg from 'pg';
import { sleep } from '../../core/clock.ts';
import { StartError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';

/** The number of Prisma's own lock, so that `prisma migrate` and a starting process exclude each other. */
const PRISMA_MIGRATION_LOCK = 72_707_369;
const POLL_MS = 100;
/** Early, to show that the process is not hanging; then at intervals. */
const FIRST_LOG_MS = 500;
const LOG_INTERVAL_MS = 5_000;

/**
 * Runs `action` while only this process may change the schema of the database. Uses one connection of `pool` for it;
 * waits for other processes without a limit, and logs the wait. It polls instead of waiting in one statement, because
 * the statements of a pool have a time limit.
 */
export async function withMigrationLock<T>(
  pool: pg.Pool,
  log: Log,
  action: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let lost: Error | undefined;
  client.once('error', (error) => {
    lost = error;
  });
  try {
    await waitForLock(client, log);
    const result = await action(client);
    if (lost) {
      throw new StartError(
        `The connection to the database was lost while its schema was being changed (${lost.message}). Start Errand again.`,
        { cause: lost },
      );
    }
    return result;
  } finally {
    // The end of the session releases the lock in any case.
    client.release(true);
  }
}

async function waitForLock(client: pg.PoolClient, log: Log): Promise<void> {
  const start = performance.now();
  let logAt = start + FIRST_LOG_MS;
  for (;;) {
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [
      PRISMA_MIGRATION_LOCK,
    ]);
    if (rows[0]?.got) return;
    if (performance.now() > logAt) {
      logAt += LOG_INTERVAL_MS;
      const waitedSeconds = Math.round((performance.now() - start) / 1000);
      log.info({ waitedSeconds }, 'waiting for another process that is changing the database schema');
    }
    await sleep(POLL_MS);
  }
}
