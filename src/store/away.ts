const AWAY_CODE = /^(08|57P|53|E[A-Z]+$)/;
const AWAY_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout|terminating connection)/;

/** Whether a failure says that the database was away, in the words of `pg` and of the system: then it is worth another try. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (typeof code === 'string' && AWAY_CODE.test(code)) || AWAY_MESSAGE.test(error.message);
}
