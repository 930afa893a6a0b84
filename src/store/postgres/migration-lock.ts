import type pg from 'pg';
import { sleep } from '../../core/clock.ts';
import { StartError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';

/** Prisma's own number, so that `prisma migrate` and a starting process exclude each other. */
const PRISMA_MIGRATION_LOCK = 72_707_369;
const POLL_MS = 100;
/** Soon, so that a person sees that it is alive; then now and then. */
const FIRST_SAY_SO_MS = 500;
const SAY_SO_EVERY_MS = 5_000;

/**
 * Runs `action` while this process alone, of all on the database, changes its schema. Takes one connection of `pool`
 * for as long; waits without limit for the others, and says so in the log. Asked for rather than waited for in one
 * statement, because a pool's statements have a time limit.
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
        `The connection to the database was lost while its schema was being changed (${lost.message}). Start again.`,
        { cause: lost },
      );
    }
    return result;
  } finally {
    // Closing the session gives the lock back whatever state it is in.
    client.release(true);
  }
}

async function waitForLock(client: pg.PoolClient, log: Log): Promise<void> {
  const start = performance.now();
  let saySoAt = start + FIRST_SAY_SO_MS;
  for (;;) {
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [
      PRISMA_MIGRATION_LOCK,
    ]);
    if (rows[0]?.got) return;
    if (performance.now() > saySoAt) {
      saySoAt += SAY_SO_EVERY_MS;
      const waitedSeconds = Math.round((performance.now() - start) / 1000);
      log.info({ waitedSeconds }, 'waiting for another process that is changing the database schema');
    }
    await sleep(POLL_MS);
  }
}
