import pg from 'pg';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';

/** A connection that does not come about in this time is tried anew: behind a dead network path nothing ever answers. */
const DIAL_TIMEOUT_MS = 3_000;
/** How long a query waits for one of the pool's connections (and for its making) before it fails. */
const FREE_CONNECTION_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Beyond the server's own limit: reached only when the server cannot be heard any more. */
const UNHEARD_AFTER_MS = 2_000;
/** An idle connection whose peer is gone is noticed after this and ten probes a second apart. */
const KEEP_ALIVE_DELAY_MS = 5_000;

/**
 * The write path's plans are kept, and its tables grow: made while these are small or their statistics old, plans
 * would read whole tables until the next analyze (5 ms for a claim out of 3,000 waiting tasks, which sorted all of
 * them, and 6 for a change, which read all tasks, where by key they take 1.3).
 */
const BY_KEY = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'sort']
  .map((way) => `-c enable_${way}=off`)
  .join(' ');

export interface PoolOptions {
  /** Connection string; never logged. */
  readonly url: string;
  /** Shown in `pg_stat_activity` as `errand <name>`. */
  readonly name: string;
  /** Most connections at once. */
  readonly max: number;
  /** Schema that unqualified names mean, such as `agenda`. */
  readonly searchPath?: string;
  /** For statements that look everything up by key: their plans are made so, however small the tables are just then. */
  readonly byKey?: boolean;
  /** Longest statement, 30 s unless said otherwise; 0 for none. */
  readonly statementTimeoutMs?: number;
}

/**
 * A pool in which nothing waits without limit and no lost connection ends the process. Gives int8 (and int8[]) as
 * bigint, timestamptz as Date, jsonb parsed: for this pool only, other users of `pg` keep their own.
 */
export function createPool(options: PoolOptions, log: Log): pg.Pool {
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const pool = new pg.Pool({
    Client: QuickDialingClient,
    connectionString: options.url,
    max: options.max,
    application_name: `errand ${options.name}`,
    connectionTimeoutMillis: FREE_CONNECTION_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    types: { getTypeParser },
    ...(statementTimeoutMs > 0
      ? { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs + UNHEARD_AFTER_MS }
      : {}),
    ...(options.searchPath === undefined ? {} : { options: `-c search_path=${options.searchPath}` }),
    ...(options.byKey ? { options: BY_KEY } : {}),
  });
  // Without a listener a connection lost while idle ends the process.
  pool.on('error', (error) => {
    log.warn({ pool: options.name, reason: messageOf(error) }, 'a database connection was lost');
  });
  return pool;
}

/** `pg`'s pool has one number for dialling and for waiting in line; a busy pool may wait longer than a dial should. */
class QuickDialingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(typeof config === 'object' ? { ...config, connectionTimeoutMillis: DIAL_TIMEOUT_MS } : config);
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
