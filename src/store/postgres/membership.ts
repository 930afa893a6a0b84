import pg from 'pg';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type Poller, startPoller } from '../../core/poller.ts';
import { connectionOf } from '../../core/postgres-url.ts';

/** Every process that uses the embedded server holds this lock in shared mode, in the database `postgres`. */
const MEMBERS_LOCK = 72_707_370;
const REJOIN_BACKOFF = { firstDelayMs: 100, maxDelayMs: 2_000 };

/** The registration of this process as a user of the server. */
export interface Membership {
  /** Leaves; true for the last member, which then stops the server. The caller holds the start lock until then. */
  leave(): Promise<boolean>;
  /** Stops watching the connection; call it before taking the start lock. */
  stopWatching(): Promise<void>;
}

/**
 * Joins on a separate connection. If it is lost (the server was killed, or the connection was cut), `revive` makes sure
 * that the server runs and joins again, as long as this process runs. `revive` passes the URL to connect to.
 */
export async function joinMembers(
  url: string,
  revive: (join: Join) => Promise<void>,
  log: Log,
): Promise<Membership> {
  let client: pg.Client | undefined;
  let reviving: Poller | undefined;

  const join: Join = async (newUrl) => {
    client = await connect(newUrl, log, () => {
      client = undefined;
      if (reviving) log.warn('the connection to the embedded PostgreSQL is lost; making sure that it runs');
      reviving?.wake();
    });
    await client.query('select pg_advisory_lock_shared($1)', [MEMBERS_LOCK]);
  };

  await join(url);
  reviving = startPoller({
    run: async () => {
      if (client) return undefined;
      await revive(join);
      log.info('the embedded PostgreSQL answers again');
      return undefined;
    },
    backoff: REJOIN_BACKOFF,
    outage: {
      log,
      began: 'the embedded PostgreSQL does not answer; trying again',
      ended: 'the membership connection to the embedded PostgreSQL stands again',
    },
  });
  return {
    stopWatching: async () => {
      const watch = reviving;
      reviving = undefined;
      await watch?.stop();
    },
    leave: async () => {
      const leaver = client;
      if (!leaver) return false;
      try {
        await leaver.query('select pg_advisory_unlock_shared($1)', [MEMBERS_LOCK]);
        const { rows } = await leaver.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [
          MEMBERS_LOCK,
        ]);
        return rows[0]?.last === true;
      } finally {
        await leaver
          .end()
          .catch((error: unknown) =>
            log.debug({ reason: messageOf(error) }, 'the connection was lost while leaving'),
          );
      }
    },
  };
}

export type Join = (url: string) => Promise<void>;

async function connect(url: string, log: Log, onLost: () => void): Promise<pg.Client> {
  const client = new pg.Client({
    ...connectionOf(url),
    application_name: 'errand membership',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  client.on('error', (error) => log.debug({ reason: messageOf(error) }, 'membership connection'));
  await client.connect();
  client.on('end', onLost);
  return client;
}
