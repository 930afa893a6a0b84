import { OperationError } from './errors.ts';

/**
 * SQLSTATE classes of a server that is unreachable, stopping or full, and codes of the operating system such as
 * `ECONNRESET`. Node's own codes start with `ERR_`; they are programming errors, which a retry does not solve.
 */
const AWAY_CODE = /^(08|57P|53|E(?!RR_)[A-Z_]+$)/;
/** SQLSTATE classes of a busy server or a stopped statement: rolled back, out of resources, cancelled, locked. */
const BUSY_CODE = /^(?:40|53|55|57)[0-9A-Z]{3}$/;
const AWAY_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Query read timeout|terminating connection)/;

/** True if the error means that the database was unavailable (by the texts of `pg` and the system): retry may help. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (typeof code === 'string' && AWAY_CODE.test(code)) || AWAY_MESSAGE.test(error.message);
}

/** True if a retry may succeed: the error is temporary and does not depend on the input. */
export function isTemporary(error: unknown): boolean {
  if (isDatabaseAway(error)) return true;
  if (error instanceof OperationError) return error.code === 'UNAVAILABLE';
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && BUSY_CODE.test(code);
}
