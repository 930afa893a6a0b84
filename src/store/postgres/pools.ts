import pg from 'pg';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { connectionOf } from '../../core/postgres-url.ts';
import { applySessionSettings } from './session-settings.ts';

/** A connection that does not come about in this time is tried anew: behind a dead network path nothing ever answers. */
const DIAL_TIMEOUT_MS = 3_000;
/** How long a query waits for one of the pool's connections (and for its making) before it fails. */
const FREE_CONNECTION_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Beyond the server's own limit: reached only when the server cannot be heard any more. */
const UNHEARD_AFTER_MS = 2_000;
/** An idle connection whose peer is gone is noticed after this and ten probes a second apart. */
const KEEP_ALIVE_DELAY_MS = 5_000;

export interface PoolOptions {
  /** Connection string; never logged. */
  readonly url: string;
  /** Shown in `pg_stat_activity` as `errand <name>`. */
  readonly name: string;
  /** Most connections at once. */
  readonly max: number;
  /** Schema that unqualified names mean, such as `agenda`. */
  readonly searchPath?: string;
  /** For statements that find every row by key: their plans go by index, however small the tables are just then. */
  readonly byKey?: boolean;
  /** Longest statement, 30 s unless said otherwise; 0 for none. */
  readonly statementTimeoutMs?: number;
}

/**
 * A pool in which nothing waits without limit, no lost connection ends the process, and what is set here holds whatever
 * the URL, the role, the database or the server says. Gives int8 (and int8[]) as bigint, timestamptz as Date, jsonb
 * parsed: for this pool only, other users of `pg` keep their own.
 */
export function createPool(options: PoolOptions, log: Log): pg.Pool {
  const { url, name, max, searchPath, byKey = false, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const pool = new pg.Pool({
    connectionString: url,
    Client: PoolClient,
    max,
    application_name: `errand ${name}`,
    connectionTimeoutMillis: FREE_CONNECTION_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    types: { getTypeParser },
    query_timeout: statementTimeoutMs > 0 ? statementTimeoutMs + UNHEARD_AFTER_MS : 0,
    // Awaited by the pool before it gives the connection out.
    onConnect: (client) =>
      applySessionSettings(client, {
        searchPath,
        byKey,
        statementTimeoutMs,
        idleInTransactionTimeoutMs: STATEMENT_TIMEOUT_MS,
        answerWithinMs: DIAL_TIMEOUT_MS,
      }),
  });
  // Without a listener a connection lost while idle ends the process.
  pool.on('error', (error) => {
    log.warn({ pool: options.name, reason: messageOf(error) }, 'a database connection was lost');
  });
  return pool;
}

/** `pg`'s pool has one timeout for connecting and for waiting until a connection is free; connecting gets a shorter one. */
class PoolClient extends pg.Client {
  constructor({ connectionString = '', ...options }: pg.ClientConfig = {}) {
    super({ ...options, ...connectionOf(connectionString), connectionTimeoutMillis: DIAL_TIMEOUT_MS });
    // A connection cut while it is checked out reports itself twice: to its query, and here, where unheard it would end the process.
    this.on('error', () => undefined);
  }
}

const INT8 = pg.types.builtins.INT8;
const INT8_ARRAY = 1016;

const getTypeParser = ((oid: number, format?: 'text' | 'binary') => {
  if (format !== 'binary') {
    if (oid === INT8) return BigInt;
    if (oid === INT8_ARRAY) return parseBigIntArray;
  }
  return pg.types.getTypeParser(oid, format as 'text');
}) as typeof pg.types.getTypeParser;

function parseBigIntArray(text: string): (bigint | null)[] {
  if (text === '{}') return [];
  return text
    .slice(1, -1)
    .split(',')
    .map((item) => (item === 'NULL' ? null : BigInt(item)));
}
