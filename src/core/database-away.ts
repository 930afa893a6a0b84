import { OperationError } from './errors.ts';

/**
 * SQLSTATE classes of a server that is unreachable, stopping or full, and codes of the operating system such as
 * `ECONNRESET`. Node's own codes start with `ERR_`; they are programming errors, which a retry does not solve.
 */
const AWAY_CODE = /^(08|57P|53|E(?!RR_)[A-Z_]+$)/;
/** SQLSTATE classes of a busy server or a stopped statement: rolled back, out of resources, cancelled, locked. */
const BUSY_CODE = /^(?:40|53|55|57)[0-9A-Z]{3}$/;
/** SQLSTATE classes after which a statement has certainly changed nothing: data, integrity, rolled back. */
const DID_NOTHING_CODE = /^(?:22|23|40)[0-9A-Z]{3}$/;
/** A serialization failure and a deadlock. */
const ROLLED_BACK_CODES: readonly string[] = ['40001', '40P01'];
const AWAY_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Query read timeout|terminating connection)/;

/** The SQLSTATE or system code of an error of `pg`; empty if it has none. */
function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/** True if `pg` or the system reports that the database cannot be reached: a retry may succeed. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return AWAY_CODE.test(codeOf(error)) || AWAY_MESSAGE.test(error.message);
}

/** The same, also for an error that was already converted to `UNAVAILABLE`. */
export function isUnavailable(error: unknown): boolean {
  return isDatabaseAway(error) || (error instanceof OperationError && error.code === 'UNAVAILABLE');
}

/** True for a transient error: the same statement may succeed a little later. */
export function isTemporary(error: unknown): boolean {
  if (error instanceof OperationError) return error.code === 'UNAVAILABLE';
  return isDatabaseAway(error) || BUSY_CODE.test(codeOf(error));
}

/** True if the statement has certainly changed nothing, so that it may be sent again in parts. */
export function didNothing(error: unknown): boolean {
  return DID_NOTHING_CODE.test(codeOf(error));
}

/** A deadlock or serialization failure: rolled back as a whole; a retry is likely to succeed. */
export function wasRolledBack(error: unknown): boolean {
  return ROLLED_BACK_CODES.includes(codeOf(error));
}

/** The database rejected the data: a retry of the same write fails in the same way. */
export function isRefusedData(error: unknown): boolean {
  return didNothing(error) && !wasRolledBack(error);
}
