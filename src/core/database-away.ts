import { OperationError } from './errors.ts';

/**
 * SQLSTATE classes of a server that is out of reach, stops or is full, and codes of the operating system such as
 * `ECONNRESET`. Node's own codes begin with `ERR_` and are mistakes of ours, which no second try mends.
 */
const AWAY_CODE = /^(08|57P|53|E(?!RR_)[A-Z_]+$)/;
/** SQLSTATE classes of a server that is busy or stops a statement: rolled back, out of resources, cancelled, locked. */
const BUSY_CODE = /^(?:40|53|55|57)[0-9A-Z]{3}$/;
const AWAY_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Query read timeout|terminating connection)/;

/** Whether a failure says that the database was away, in the words of `pg` and of the system: then it is worth another try. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (typeof code === 'string' && AWAY_CODE.test(code)) || AWAY_MESSAGE.test(error.message);
}

/** Whether the same may succeed a little later: nothing is wrong with what was asked, only with the moment. */
export function mayComeRight(error: unknown): boolean {
  if (isDatabaseAway(error)) return true;
  if (error instanceof OperationError) return error.code === 'UNAVAILABLE';
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && BUSY_CODE.test(code);
}
