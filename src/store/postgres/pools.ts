import pg from 'pg';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { connectionOf } from '../../core/postgres-url.ts';
import { applySessionSettings } from './session-settings.ts';

/** Time limit for a new connection before the next try: on a broken network path there is never a response. */
const NEW_CONNECTION_TIMEOUT_MS = 3_000;
/** How long a query waits for a free or new connection of the pool before it fails. */
const FREE_CONNECTION_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Added to the server's own limit: the client's limit applies only if the server's response is lost. */
const RESPONSE_MARGIN_MS = 2_000;
/** A lost peer of an idle connection is detected after this time and ten probes at intervals of one second. */
const KEEP_ALIVE_DELAY_MS = 5_000;

export interface PoolOptions {
  /** Connection string; never logged. */
  readonly url: string;
  /** Shown in `pg_stat_activity` as `errand <name>`. */
  readonly name: string;
  /** Maximum number of connections. */
  readonly max: number;
  /** Schema for unqualified names, such as `agenda`. */
  readonly searchPath?: string;
  /** For statements that find every row by key: plans use indexes even while the tables are small. See decision 011. */
  readonly byKey?: boolean;
  /** PostgreSQL refuses every write through it. */
  readonly readOnly?: boolean;
  /** Time limit of a statement; default 30 s; 0 for none. */
  readonly statementTimeoutMs?: number;
}

/**
 * A pool in which every wait has a limit and a lost connection does not end the process. Its settings override those of
 * the URL, the role, the database and the server. Returns int8 (and int8[]) as bigint, timestamptz as Date, jsonb
 * parsed; only for this pool, not for other users of `pg`.
 */
export function createPool(options: PoolOptions, log: Log): pg.Pool {
  const { url, name, max, searchPath, byKey = false, readOnly = false } = options;
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const pool = new pg.Pool({
    connectionString: url,
    Client: PoolClient,
    max,
    application_name: `errand ${name}`,
    connectionTimeoutMillis: FREE_CONNECTION_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    types: { getTypeParser },
    query_timeout: statementTimeoutMs > 0 ? statementTimeoutMs + RESPONSE_MARGIN_MS : 0,
    // The pool awaits this before it hands out the connection.
    onConnect: (client) =>
      applySessionSettings(client, {
        searchPath,
        byKey,
        readOnly,
        statementTimeoutMs,
        idleInTransactionTimeoutMs: STATEMENT_TIMEOUT_MS,
        answerWithinMs: NEW_CONNECTION_TIMEOUT_MS,
      }),
  });
  // Without a listener, the loss of an idle connection ends the process.
  pool.on('error', (error) => {
    log.warn({ pool: options.name, reason: messageOf(error) }, 'a database connection was lost');
  });
  return pool;
}

/** `pg`'s pool has one timeout for a new and for a free connection; this gives new connections a shorter one. */
class PoolClient extends pg.Client {
  constructor({ connectionString = '', ...options }: pg.ClientConfig = {}) {
    super({
      ...options,
      ...connectionOf(connectionString),
      connectionTimeoutMillis: NEW_CONNECTION_TIMEOUT_MS,
    });
    // A connection lost during a query emits its error twice; without a listener, the second ends the process.
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
