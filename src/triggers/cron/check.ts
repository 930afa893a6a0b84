import { messageOf } from '../../core/errors.ts';
import type { CheckState, CronTrigger } from '../../domain/trigger.ts';
import type { CheckAnswer, CronContext } from './context.ts';

/** A later answer counts as no answer. */
export const CHECK_TIMEOUT_MS = 10_000;
/** A longer header value is not stored, since it would be sent with each check. */
const MAX_KEPT_CHARACTERS = 1_000;

export type CheckVerdict =
  | { readonly goesOn: true; readonly state: CheckState }
  | { readonly goesOn: false; readonly reason: string };

/**
 * Asks the trigger's URL whether there is work: a GET with the validators (ETag, Last-Modified) of the last answer.
 * After a 2xx other than 204 the task is created. 304 and 204 mean that nothing changed. Any other answer, or none in
 * time, also creates no task. There is no retry: the next occurrence asks again.
 */
export async function askCheck(
  check: CronContext['check'],
  url: string,
  state: CronTrigger['checkState'],
  stop: AbortSignal,
): Promise<CheckVerdict> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(CHECK_TIMEOUT_MS)]);
  let answer: CheckAnswer;
  try {
    answer = await Promise.race([check(url, conditionOf(state), signal), ended(signal)]);
  } catch (error) {
    stop.throwIfAborted();
    const why = signal.aborted ? `no answer within ${CHECK_TIMEOUT_MS / 1_000} s` : messageOf(error);
    return { goesOn: false, reason: `check: ${why}` };
  }
  const { status, headers } = answer;
  if (status === 304 || status === 204) {
    return { goesOn: false, reason: `check: nothing changed (${status})` };
  }
  if (status >= 200 && status < 300) {
    return {
      goesOn: true,
      state: { etag: kept(headers['etag']), lastModified: kept(headers['last-modified']) },
    };
  }
  const more = status >= 300 && status < 400 ? '; redirects are not followed' : '';
  return { goesOn: false, reason: `check: unexpected status ${status}${more}` };
}

function conditionOf(state: CheckState | null): Record<string, string> {
  return {
    ...(state?.etag ? { 'if-none-match': state.etag } : {}),
    ...(state?.lastModified ? { 'if-modified-since': state.lastModified } : {}),
  };
}

function kept(value: string | undefined): string | null {
  return value === undefined || value === '' || value.length > MAX_KEPT_CHARACTERS ? null : value;
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
