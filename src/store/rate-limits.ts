import pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

const WINDOW_SECONDS = 60;

/** One request counted. */
export interface Taken {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds: number;
  /** Until the window begins anew. */
  readonly resetSeconds: number;
}

/**
 * So many requests a minute for each key, counted in the database by all instances together; while it is away each
 * counts for itself. Gives the way to count one; undefined, when `perMinute` is 0: nothing is limited.
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
    // Whoever is over the limit costs the database nothing more.
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

/** Our pools give int8 as bigint; the limiter reckons with numbers. */
function withPlainNumbers(pool: pg.Pool): { query(query: pg.QueryConfig): Promise<pg.QueryResult> } {
  const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser;
  return { query: (query) => pool.query({ ...query, types: { getTypeParser } }) };
}
