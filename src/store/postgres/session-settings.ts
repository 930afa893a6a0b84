import type pg from 'pg';

/**
 * What holds on every connection, whatever the server, the role, the database or the URL sets. `jit` above all: our
 * statements take milliseconds and compiling one takes seconds, which PostgreSQL before 18 does to each whose
 * estimated cost is high. `default_transaction_read_only` is not touched: an operator who sets it wants no writes.
 */
const EVERYWHERE = {
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
  /** From PostgreSQL 17 on; our transactions are limited by their statements and pauses. */
  transaction_timeout: '0',
} as const;

/**
 * For statements that find every row by a key and whose plans are kept: an index is the cheaper way into a table from
 * its first page on, so that a plan made while the table is small is still right when it has grown a thousandfold
 * before it is next analysed. Decision 011 has what else was tried.
 */
const BY_KEY = { random_page_cost: '0.1' } as const;

const SET_THOSE_IT_KNOWS = `select set_config(s.key, s.value, false) from jsonb_each_text($1::jsonb) s
  where current_setting(s.key, true) is not null`;

export interface SessionSettings {
  /** The schema that unqualified names mean; undefined leaves it to the database. */
  readonly searchPath: string | undefined;
  /** Longest statement in ms; 0 for no limit. */
  readonly statementTimeoutMs: number;
  /** Longest pause inside a transaction in ms. */
  readonly idleInTransactionTimeoutMs: number;
  /** True for the connections of statements that find everything by key. */
  readonly byKey: boolean;
  /** How long the server may take to answer; a connection that is silent from the beginning leads nowhere. */
  readonly answerWithinMs: number;
}

/**
 * Makes the settings hold on a new connection, in one round trip. By statement and not as startup parameters: a
 * connection string's own `options` would replace ours, and poolers refuse startup parameters that they do not know.
 */
export async function applySessionSettings(client: pg.ClientBase, settings: SessionSettings): Promise<void> {
  const { searchPath, statementTimeoutMs, idleInTransactionTimeoutMs, byKey, answerWithinMs } = settings;
  const values = {
    ...EVERYWHERE,
    statement_timeout: String(statementTimeoutMs),
    idle_in_transaction_session_timeout: String(idleInTransactionTimeoutMs),
    ...(searchPath === undefined ? {} : { search_path: searchPath }),
    ...(byKey ? BY_KEY : {}),
  };
  const statement: pg.QueryConfig & { query_timeout: number } = {
    text: SET_THOSE_IT_KNOWS,
    values: [JSON.stringify(values)],
    query_timeout: answerWithinMs,
  };
  await client.query(statement);
}
