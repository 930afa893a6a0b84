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

/** One request under an idempotency key: who sent it, under which key, and what is done to what. */
export interface KeyedRequest extends RequestName {
  /** Tells another body from the same one. */
  readonly bodyHash: string;
}

export type Once<Reply> =
  | { readonly kind: 'done'; readonly reply: Reply }
  /** The reply of the first request, as it was stored. */
  | { readonly kind: 'repeated'; readonly stored: string }
  /** Done by a version that stored no replies. */
  | { readonly kind: 'done-without-reply'; readonly resourceId: string }
  | { readonly kind: 'in-flight' }
  | { readonly kind: 'other-body' };

export interface Work<Reply> {
  readonly run: () => Promise<Reply>;
  /** What a repetition is answered with. */
  readonly toStored: (reply: Reply) => string;
  /** True for a failure after which nothing was done. */
  readonly wasRefused: (error: unknown) => boolean;
}

/**
 * Does a request once in 24 hours, whatever process it comes to, and stores its reply. A request that was refused
 * leaves its key free; one that died with its process keeps it for a minute, and is then done again. Throws what
 * `work.run` throws.
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
    logger.warn(
      { err, operation: request.operation },
      'the state of an idempotency key could not be written',
    );
  let reply: Reply;
  try {
    reply = await work.run();
  } catch (error) {
    // Of anything but a refusal nobody knows whether it was done: its key stays taken for a minute.
    if (work.wasRefused(error)) await dropRequest(pool, mark).catch(warn);
    throw error;
  }
  await finishRequest(pool, mark, work.toStored(reply)).catch(warn);
  return { kind: 'done', reply };
}

/** Stores the reply to a request whose key the use-case wrote itself; a failure costs the exact replay, no more. */
export async function keepReply(
  { pool, logger }: RequestContext,
  name: RequestName,
  stored: string,
): Promise<void> {
  await storeReply(pool, name, stored).catch((err: unknown) =>
    logger.warn({ err, operation: name.operation }, 'the reply to an idempotent request could not be stored'),
  );
}

/** What was stored so; undefined while nothing is. */
export function keptReply({ pool }: RequestContext, name: RequestName): Promise<string | undefined> {
  return readReply(pool, name);
}
