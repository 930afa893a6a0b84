import type pg from 'pg';

/**
 * Settings of every connection; they override the server, the role, the database and the URL. `jit` matters most: the
 * statements take milliseconds and compiling one takes seconds, which PostgreSQL before 18 does for a high estimated
 * cost. `default_transaction_read_only` is set only for read-only connections and never to off: an
 * operator who sets it wants no writes.
 */
const EVERY_CONNECTION = {
  jit: 'off',
  plan_cache_mode: 'auto',
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  lock_timeout: '0',
  idle_session_timeout: '0',
  /** From PostgreSQL 17 on; transactions are already limited by the timeouts of statements and of idle time. */
  transaction_timeout: '0',
} as const;

/**
 * For statements that find every row by a key and whose plans are cached: with this cost an index is cheaper from the
 * first page on, so that a plan made for a small table is still good when the table has grown a thousandfold before the
 * next analyze. Decision 011 lists the alternatives.
 */
const BY_KEY = { random_page_cost: '0.1' } as const;

const SET_KNOWN = `select set_config(s.key, s.value, false) from jsonb_each_text($1::jsonb) s
  where current_setting(s.key, true) is not null`;

export interface SessionSettings {
  /** The schema for unqualified names; undefined: the database's default. */
  readonly searchPath: string | undefined;
  /** Time limit of a statement in ms; 0 for none. */
  readonly statementTimeoutMs: number;
  /** Longest idle time inside a transaction in ms. */
  readonly idleInTransactionTimeoutMs: number;
  /** True for connections whose statements find everything by key. */
  readonly byKey: boolean;
  /** True for connections through which PostgreSQL refuses every write. */
  readonly readOnly: boolean;
  /** Time limit for the response; a connection without any response is unusable. */
  readonly answerWithinMs: number;
}

/**
 * Applies the settings to a new connection, in one round trip. A statement is used instead of startup parameters: the
 * `options` of a connection string would replace those, and poolers refuse startup parameters that they do not know.
 */
export async function applySessionSettings(client: pg.ClientBase, settings: SessionSettings): Promise<void> {
  const { searchPath, statementTimeoutMs, idleInTransactionTimeoutMs, byKey, readOnly, answerWithinMs } =
    settings;
  const values = {
    ...EVERY_CONNECTION,
    statement_timeout: String(statementTimeoutMs),
    idle_in_transaction_session_timeout: String(idleInTransactionTimeoutMs),
    ...(searchPath === undefined ? {} : { search_path: searchPath }),
    ...(byKey ? BY_KEY : {}),
    ...(readOnly ? { default_transaction_read_only: 'on' } : {}),
  };
  const statement: pg.QueryConfig & { query_timeout: number } = {
    text: SET_KNOWN,
    values: [JSON.stringify(values)],
    query_timeout: answerWithinMs,
  };
  await client.query(statement);
}
