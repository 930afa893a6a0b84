import type pg from 'pg';
import type { Log } from '../core/log.ts';
import {
  dropRequest,
  finishRequest,
  type RequestName,
  readReply,
  storeReply,
  takeRequest,
} from '../store/requests.ts';

export interface RequestContext {
  readonly pool: pg.Pool;
  readonly logger: Log;
}

/** One request with an idempotency key: its caller, key, operation and target. */
export interface KeyedRequest extends RequestName {
  /** A hash of the body, to detect another body under the same key. */
  readonly bodyHash: string;
}

export type Once<Reply> =
  | { readonly kind: 'done'; readonly reply: Reply }
  /** The stored reply of the first request. */
  | { readonly kind: 'repeated'; readonly stored: string }
  /** Done by an older version, which stored no replies. */
  | { readonly kind: 'done-without-reply'; readonly resourceId: string }
  | { readonly kind: 'in-flight' }
  | { readonly kind: 'other-body' };

export interface Work<Reply> {
  readonly run: () => Promise<Reply>;
  /** The reply to a repeated request. */
  readonly toStored: (reply: Reply) => string;
  /** True for an error after which nothing has changed. */
  readonly wasRefused: (error: unknown) => boolean;
}

/**
 * Executes a request once in 24 hours, in whichever process, and stores its reply. A refused request leaves its key
 * free. After a crash the key stays taken for a minute; then the request is executed again. Throws what `work.run`
 * throws.
 */
export async function doOnce<Reply>(
  { pool, logger }: RequestContext,
  request: KeyedRequest,
  work: Work<Reply>,
): Promise<Once<Reply>> {
  const taken = await takeRequest(pool, request);
  if (taken.kind === 'done') return { kind: 'repeated', stored: taken.reply };
  if (taken.kind !== 'taken') return taken;
  const mark = { ...request, takenAt: taken.takenAt };
  const warn = (err: unknown): void =>
    logger.warn({ err, operation: request.operation }, 'state of an idempotency key could not be stored');
  let reply: Reply;
  try {
    reply = await work.run();
  } catch (error) {
    // After any error but a refusal the effect is unknown: the key stays taken for a minute.
    if (work.wasRefused(error)) await dropRequest(pool, mark).catch(warn);
    throw error;
  }
  await finishRequest(pool, mark, work.toStored(reply)).catch(warn);
  return { kind: 'done', reply };
}

/** Stores the reply to a request whose key the use-case wrote itself. If that fails, only the exact replay is lost. */
export async function keepReply(
  { pool, logger }: RequestContext,
  name: RequestName,
  stored: string,
): Promise<void> {
  await storeReply(pool, name, stored).catch((err: unknown) =>
    logger.warn({ err, operation: name.operation }, 'reply to an idempotent request could not be stored'),
  );
}

/** The stored reply; undefined if there is none yet. */
export function keptReply({ pool }: RequestContext, name: RequestName): Promise<string | undefined> {
  return readReply(pool, name);
}
