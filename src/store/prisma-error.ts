/** What Prisma's adapter says of a connection that is gone, as the system says it. */
const CODE_OF_KIND: Readonly<Record<string, string>> = {
  DatabaseNotReachable: 'ECONNREFUSED',
  ConnectionClosed: 'ECONNRESET',
  SocketTimeout: 'ETIMEDOUT',
};

interface AdapterCause {
  readonly kind?: string;
  readonly originalCode?: string;
  readonly originalMessage?: string;
}

/** The error of PostgreSQL or of the connection that Prisma has wrapped, as `pg` would have thrown it; else the same. */
export function asDatabaseError(error: unknown): unknown {
  const { meta } = (error ?? {}) as { meta?: { driverAdapterError?: { cause?: AdapterCause } } };
  const cause = meta?.driverAdapterError?.cause;
  const code = cause?.originalCode ?? CODE_OF_KIND[cause?.kind ?? ''];
  if (code === undefined) return error;
  const message = cause?.originalMessage ?? `the database connection failed (${cause?.kind})`;
  return Object.assign(new Error(message, { cause: error }), { code });
}
