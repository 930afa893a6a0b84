import type pg from 'pg';
import type { Log } from '../core/log.ts';
import { dropRequest, finishRequest, takeRequest } from '../store/requests.ts';

export interface RequestContext {
  readonly pool: pg.Pool;
  readonly logger: Log;
}

/** One request under an idempotency key. */
export interface KeyedRequest {
  readonly actorId: string;
  readonly key: string;
  /** What is done, and to what. */
  readonly operation: string;
  /** Tells another body from the same one. */
  readonly bodyHash: string;
}

export type Once<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'repeated'; readonly resourceId: string }
  | { readonly kind: 'in-flight' }
  | { readonly kind: 'other-body' };

/**
 * Does a request once in 24 hours, whatever process it comes to. A request that was refused leaves its key free; one
 * that died with its process keeps it for a minute, and is then done again. Throws what `work` throws.
 */
export async function doOnce<Result extends { readonly resourceId?: string }>(
  { pool, logger }: RequestContext,
  request: KeyedRequest,
  work: () => Promise<Result>,
  wasRefused: (error: unknown) => boolean,
): Promise<Once<Result>> {
  const taken = await takeRequest(pool, request);
  if (taken.kind === 'done') return { kind: 'repeated', resourceId: taken.resourceId };
  if (taken.kind !== 'taken') return taken;
  const mark = { ...request, takenAt: taken.takenAt };
  const warn = (err: unknown): void => {
    logger.warn(
      { err, operation: request.operation },
      'the result of an idempotent request could not be stored',
    );
  };
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    // Of anything but a refusal nobody knows whether it was done: its key stays taken for a minute.
    if (wasRefused(error)) await dropRequest(pool, mark).catch(warn);
    throw error;
  }
  await finishRequest(pool, mark, result.resourceId ?? '').catch(warn);
  return { kind: 'done', result };
}
