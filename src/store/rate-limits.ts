import pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

const WINDOW_SECONDS = 60;

/** The state of a limit after one request was counted. */
export interface Taken {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds: number;
  /** Seconds until the next window begins. */
  readonly resetSeconds: number;
}

/**
 * A limit of `perMinute` requests for each key, counted in the database for all instances together; while it is
 * unavailable, each instance counts separately. Returns the function that counts a request; its result is undefined if
 * `perMinute` is 0, which means no limit.
 */
export function createRateLimits(
  pool: pg.Pool,
  perMinute: number,
): (key: string) => Promise<Taken | undefined> {
  if (perMinute === 0) return async () => undefined;
  const bounds = { points: perMinute, duration: WINDOW_SECONDS };
  const limiter = new RateLimiterPostgres({
    ...bounds,
    storeClient: withPlainNumbers(pool),
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    keyPrefix: '',
    // A key over its limit causes no more statements.
    inMemoryBlockOnConsumed: perMinute + 1,
    insuranceLimiter: new RateLimiterMemory(bounds),
  });
  const toTaken = (isAllowed: boolean, left: RateLimiterRes): Taken => ({
    isAllowed,
    limit: perMinute,
    remaining: isAllowed ? Math.max(0, left.remainingPoints) : 0,
    windowSeconds: WINDOW_SECONDS,
    resetSeconds: Math.max(0, Math.ceil(left.msBeforeNext / 1_000)),
  });
  return async (key) => {
    try {
      return toTaken(true, await limiter.consume(key));
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return toTaken(false, refused);
      throw refused;
    }
  };
}

/** Errand's pools return int8 as bigint; the limiter needs numbers. */
function withPlainNumbers(pool: pg.Pool): { query(query: pg.QueryConfig): Promise<pg.QueryResult> } {
  const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser;
  return { query: (query) => pool.query({ ...query, types: { getTypeParser } }) };
}
