import pg from 'pg';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type Poller, startPoller } from '../../core/poller.ts';
import { connectionOf } from '../../core/postgres-url.ts';

/** Each process that uses the embedded server holds it shared, in the database `postgres`. */
const MEMBERS_LOCK = 72_707_370;
const REJOIN_BACKOFF = { firstDelayMs: 100, maxDelayMs: 2_000 };

/** This process's place among those that use the server. */
export interface Membership {
  /** Gives the place up; true when nobody else has one, and then nobody may join before the caller has stopped the server (hold the start lock). */
  leave(): Promise<boolean>;
  /** Stops looking after the connection; call it before asking for the start lock. */
  stopWatching(): Promise<void>;
}

/**
 * Joins with a connection of its own. When that is lost (the server was killed, or the connection cut), `revive` makes
 * sure the server runs and joins again, for as long as this process lives. `connect` gives the url to connect to.
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
          .catch((error: unknown) => log.debug({ reason: messageOf(error) }, 'left while being cut off'));
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
